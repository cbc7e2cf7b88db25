"""What the API takes and gives, with examples: the contract that OpenAPI shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, IPvAnyAddress, JsonValue, StringConstraints

LeadId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.\-]*$")]
TaskId = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Text = Annotated[str, StringConstraints(max_length=500)]
Value = Text | bool | int | float | None


class LeadIn(BaseModel):
    """One person. Every other key is kept as a field of the lead that conditions may ask."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "email": "mira.okafor@example.com",
                    "phone": "+1 201 555 0142",
                    "first_name": "Mira",
                    "last_name": "Okafor",
                    "company": "Lakeside Robotics",
                    "country": "US",
                    "source": "demo form",
                    "company_size": 240,
                }
            ]
        },
    )
    __pydantic_extra__: dict[str, JsonValue]

    email: Text | None = None
    phone: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    source: Text | None = None

    def plain(self) -> dict[str, Any]:
        """Return what was sent, without what was not."""
        return self.model_dump(exclude_none=True)


class LeadOut(BaseModel):
    """What became of one lead: `created`, `merged` with a person we knew, or `rejected` with reasons."""

    id: str = Field(
        description="Our id of the person; empty when rejected.", examples=["0b6f2c1e-7a63-4d55-9d8b-1f2f7c1f9a10"]
    )
    result: str = Field(examples=["created"])
    reasons: list[str] = Field(default_factory=list, description="Why it was rejected, or what was left out.")


class LeadsOut(BaseModel):
    """The results in the order of the request."""

    leads: list[LeadOut]


class ConsentIn(BaseModel):
    """What a person agreed to in a form of yours, with the proof: the exact words, the page, and when."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "lead": "0b6f2c1e-7a63-4d55-9d8b-1f2f7c1f9a10",
                    "channel": "email",
                    "basis": "requested",
                    "wording": "Yes, Acme may send me its letters by e-mail. I can stop them at any time.",
                    "url": "acme.example.com/letters",
                    "ip": "192.0.2.7",
                    "at": "2026-11-03T09:12:00Z",
                }
            ]
        },
    )

    lead: LeadId
    channel: Literal["email", "sms", "whatsapp", "call"]
    basis: Literal["express_written", "express", "requested"] = Field(
        default="requested", description="requested: a box was ticked and the address is not confirmed yet."
    )
    purpose: Literal["marketing", "sales"] = "marketing"
    wording: Annotated[str, StringConstraints(min_length=3, max_length=4_000)]
    url: Annotated[str, StringConstraints(pattern=r"^[^\s.]\S*\.\S+$", max_length=2_000)]
    ip: IPvAnyAddress | None = None
    at: AwareDatetime = Field(description="When the person agreed; never in the future.")


class ConsentOut(BaseModel):
    """The receipt is kept. `open` says whether the channel may be used for the purpose now, `why` the reason."""

    wording_hash: str = Field(description="SHA-256 of the wording, 64 hex digits.")
    open: bool
    why: str = Field(examples=["marketing by email in DE needs express_written or express; we have requested"])


class EventIn(BaseModel):
    """Something a lead did in your product or CRM. `id` is yours: sent twice, it counts once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "crm-88213",
                    "lead": "0b6f2c1e-7a63-4d55-9d8b-1f2f7c1f9a10",
                    "name": "used_feature",
                    "at": "2026-11-03T09:12:00Z",
                    "details": {"name": "import", "rows": 1200},
                }
            ]
        },
    )

    id: Annotated[str, StringConstraints(min_length=1, max_length=150)]
    lead: LeadId
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    at: AwareDatetime | None = Field(
        default=None, description="When it happened; now if left out, never in the future."
    )
    details: dict[str, Value] = Field(default_factory=dict, max_length=40, description="Facts, no names or addresses.")


class EventOut(BaseModel):
    """`repeated` when this id was known already and nothing changed."""

    id: str = Field(examples=["crm-88213"])
    repeated: bool = Field(examples=[False])


class EnrolmentIn(BaseModel):
    """Ask for one lead to enter one sequence."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "lead": "0b6f2c1e-7a63-4d55-9d8b-1f2f7c1f9a10",
                    "sequence": "trial-nurture",
                    "reason": "asked at the fair",
                }
            ]
        },
    )

    lead: LeadId
    sequence: Word
    reason: Annotated[str, StringConstraints(max_length=200)] = "api"


class EnrolmentOut(BaseModel):
    """A refusal is an answer, not an error: `because` is its code."""

    enrolled: bool = Field(examples=[True])
    because: str = Field(default="", examples=[""])


class TaskOut(BaseModel):
    """One piece of work, with the answers it takes."""

    id: str = Field(examples=["handoff-0b6f2c1e-1"])
    lead: str
    kind: str = Field(examples=["handoff"])
    title: str = Field(examples=["Call Mira at Lakeside Robotics: score 84"])
    body: str
    rep: str = Field(description="Empty while it lies in the pool.", examples=["anna"])
    status: str = Field(examples=["open"])
    outcome: str
    outcomes: list[str] = Field(examples=[["not_now", "bad_fit"]])
    due_at: AwareDatetime | None
    sequence: str
    step: str


class TasksOut(BaseModel):
    """Tasks, most urgent first."""

    tasks: list[TaskOut]


class OutcomeIn(BaseModel):
    """How a call or a manual task went."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"task": "0b6f2c1e/trial.1/call.1/call", "rep": "anna", "outcome": "connected"}]
        },
    )

    task: TaskId
    rep: Word
    outcome: Word


class AcceptIn(BaseModel):
    """Who takes the hand-off."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rep": "anna"}]})

    rep: Word


class RejectIn(BaseModel):
    """Who does not take it, and why: one of the reasons that the task has on offer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rep": "anna", "reason": "not_now"}]})

    rep: Word
    reason: Word


class Happened(BaseModel):
    """One thing that happened, in words."""

    at: AwareDatetime
    kind: str = Field(examples=["clicked"])
    text: str = Field(examples=["Clicked pricing in welcome"])
    note: str


class StoryOut(BaseModel):
    """A lead, where it stands, what comes next and why, and all that happened, oldest first."""

    id: str
    name: str
    company: str
    stage: str
    owner: str
    score: str = Field(description="Empty when the lead has no live workflow.", examples=["84"])
    next_at: AwareDatetime | None
    next: str
    why: str
    blocked_by: str
    live: bool = Field(description="Whether a workflow walks this lead now.")
    silenced: list[str] = Field(description="What keeps us from speaking, by channel.", examples=[["sms: opted_out"]])
    timeline: list[Happened]

"""What the heart asks of the outside about people: leads, sequences they are in, and work for reps. Part of `ports`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from nurture.domain.consent import Consent, Suppression, Withdrawal
from nurture.domain.lead import Contact, Scalar
from nurture.domain.preferences import Preferences
from nurture.domain.rulings import Ruling
from nurture.domain.tasks import Rep, Task, TaskStatus


@dataclass(frozen=True, slots=True, eq=False)
class Saved(Mapping[str, str]):
    """What became of a batch of people: a mapping of given id -> stored id.

    `new` holds the stored ids of people nobody knew before; everybody else was merged. `sharing` maps a given id to the
    stored id of the person who had its phone number first: a number is kept with one person, so a no to calls or texts
    from the other must be recorded for both.
    """

    stored_as: Mapping[str, str]
    new: frozenset[str] = frozenset()
    sharing: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, given: str) -> str:
        """Return the stored id of a given id."""
        return self.stored_as[given]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the given ids."""
        return iter(self.stored_as)

    def __len__(self) -> int:
        """Return how many ids were given."""
        return len(self.stored_as)


class Leads(Protocol):
    """People, what they agreed to, and where their journey stands."""

    async def find(self, lead: str) -> Contact | None:
        """Return the person with this id, or None."""
        ...

    async def find_by_address(self, *, email: str = "", phone: str = "") -> Contact | None:
        """Return the person with this normalised e-mail address, else with this E.164 number, or None.

        Asked for both, it is the person `save` would merge with: a number alone is no match for another address.
        """
        ...

    async def save(self, contacts: Sequence[Contact], consents: Sequence[Consent] = ()) -> Saved:
        """Insert or merge people (matched by id, else e-mail, else phone) and their consents, in one transaction.

        A phone number matches only when at most one of the two has an e-mail address: people who share a telephone but
        not an address are two people. A merge fills gaps, never overwrites a known address, never lifts a suppression.
        """
        ...

    def all(self, *, where: Mapping[str, Scalar] | None = None) -> AsyncIterator[Contact]:
        """Yield people, oldest first; memory stays flat however many there are."""
        ...

    async def consents(self, lead: str) -> Sequence[Consent]:
        """Return all consent receipts of a person, oldest first."""
        ...

    async def withdrawals(self, lead: str) -> Sequence[Withdrawal]:
        """Return the receipt of every no of a person, oldest first; a later yes removes none."""
        ...

    async def suppressions(self, lead: str) -> Sequence[Suppression]:
        """Return what silences us towards a person now."""
        ...

    async def preferences(self, lead: str) -> Preferences:
        """Return what the person chose on the preference page; a stranger chose nothing."""
        ...

    async def place(self, lead: str, *, stage: str, reason: str, score: int, now: datetime, owner: str = "") -> None:
        """Write the person's stage (with a row of history) and latest score."""
        ...

    async def write_down(self, lead: str, rulings: Sequence[Ruling]) -> None:
        """Keep what the planner decided, each decision once. Raises NotFound for a stranger."""
        ...

    async def rulings(self, lead: str) -> Sequence[Ruling]:
        """Return every decision that was written down for a person, oldest first."""
        ...

    async def put_to_rest(self, lead: str, snapshot: str, rulings: Sequence[Ruling] = ()) -> None:
        """Keep the planner's state (JSON text) of a lead whose workflow ends, for the day it wakes again, and its
        decisions.

        Raises NotFound for a stranger: nothing is kept of somebody who was forgotten meanwhile.
        """
        ...

    async def snapshot(self, lead: str) -> str | None:
        """Return the state kept by `put_to_rest`, or None."""
        ...

    async def search(self, text: str, limit: int = 20) -> Sequence[Contact]:
        """Return people whose id, name, e-mail, phone or company starts with or contains `text`."""
        ...


class Library(Protocol):
    """Every version of every sequence that ever ran, by content hash."""

    async def keep(self, sequence: str, version: str, document: Mapping[str, Any]) -> None:
        """Store one version; repeating it is harmless."""
        ...

    async def fetch(self, sequence: str, version: str = "") -> tuple[str, Mapping[str, Any]] | None:
        """Return (version, document) of one version, the latest kept when `version` is "", or None."""
        ...


class Tasks(Protocol):
    """Work for people, and the people."""

    async def open(self, task: Task) -> Task:
        """Create a task; a known id returns what is there."""
        ...

    async def find(self, task: str) -> Task | None:
        """Return one task, or None."""
        ...

    async def assign(self, task: str, rep: str, now: datetime, due_at: datetime | None = None) -> Task:
        """Give an open task to a rep ("" = the pool), with a new due time if given. Raises NotFound, Conflict."""
        ...

    async def close(self, task: str, status: TaskStatus, now: datetime, *, outcome: str = "", rep: str = "") -> Task:
        """Move an open task to `status`; compare-and-set, so exactly one answer wins. Raises NotFound, Conflict."""
        ...

    async def of(
        self, *, rep: str | None = None, lead: str = "", status: TaskStatus | None = None, limit: int = 200
    ) -> Sequence[Task]:
        """Return tasks by rep ("" = the pool, None = anybody), lead and status, most urgent first."""
        ...

    async def reps(self, pool: str = "") -> Sequence[Rep]:
        """Return the team, with open tasks counted; only members of `pool` when given."""
        ...

    async def save_reps(self, reps: Sequence[Rep]) -> None:
        """Insert or update the team as policies/team.yaml says."""
        ...

"""The touch that a step wishes for: everything the last gate and the composer need of its journey."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from nurture.domain.caps import Cap
from nurture.domain.lead import Channel, Purpose
from nurture.domain.sequence import Confirm, Say, Sequence
from nurture.domain.state import Journey, LeadState
from nurture.domain.timing import late_since
from nurture.domain.touch import Touch, touch_id

ONE_A_DAY: tuple[Cap, ...] = (("any", 1, 1),)
"""The cap on overdue touches: after an outage nobody gets all at once what was missed. The last gate asks it, too."""


def wish(
    state: LeadState,
    sequence: Sequence,
    journey: Journey,
    step: str,
    channel: Channel,
    template: str,
    variant: str,
    now: datetime,
) -> Touch:
    """Return the touch of `step` on `channel` at `now` (UTC); its id is the same however often it is wished for."""
    said = sequence.steps[step]
    return Touch(
        id=touch_id(state.lead.id, sequence.id, journey.run, step, journey.visits.get(step, 1), channel),
        lead=state.lead.id,
        sequence=sequence.id,
        version=sequence.version,
        step=step,
        channel=channel,
        template=template,
        purpose=sequence.purpose,
        variant=variant,
        thread=journey.sent.get(said.thread, "") if isinstance(said, Say) else "",
        pool=sequence.pool,
        sticky=sequence.sticky,
        window=sequence.timing.window,
        timezone=state.lead.timezone or sequence.timing.fallback
        if sequence.timing.timezone == "lead"
        else sequence.timing.timezone,
        heard=state.heard,
        stage=state.stage,
        not_after=(journey.overdue_since or journey.due_at) + sequence.timing.late_after.plain
        if sequence.timing.late == "skip"
        else None,
        caps=(*sequence.caps, *catching_up(state, sequence, journey, now)),
        why=why_now(journey),
        again=journey.again,
        topic=sequence.topic,
    )


def confirmation(state: LeadState, sequence: Sequence, journey: Journey, step: Confirm, now: datetime) -> Touch:
    """Return the touch that asks for a confirmation, or reminds of it: a service message and nothing else."""
    ((channel, template),) = step.options
    touch = wish(state, sequence, journey, step.id, channel, template, "", now)
    if journey.asked_at is not None:
        again = f"{step.id}~again"
        id_ = touch_id(touch.lead, sequence.id, journey.run, again, journey.visits.get(step.id, 1), channel)
        touch = replace(touch, id=id_)
    return replace(touch, purpose=Purpose.SERVICE, wording=step.wording, topic="", caps=(), not_after=None)


def catching_up(state: LeadState, sequence: Sequence, journey: Journey, now: datetime) -> tuple[Cap, ...]:
    """Return the cap on a touch that is overdue; a service message is owed and never held up by one."""
    held = sequence.purpose is not Purpose.SERVICE and late_since(state, journey, now) is not None
    return ONE_A_DAY if held else ()


def why_now(journey: Journey) -> str:
    """Return in words why the step happens now."""
    return journey.due_why or "it is time"

"""What pages and commands ask about the whole store."""

from __future__ import annotations

from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.tasks import Task, TaskKind, TaskStatus
from nurture.domain.touch import TouchState
from nurture.store.reports import TouchCount


async def test_a_persons_story_is_one_string(store, ada, make, send, clock):
    await store.inbox.record(make.event(EventKind.ENROLLED, ada.id, clock.now(), name="trial"))
    clock.pass_by(hours=1)
    row = await send(make.touch(ada.id))
    at = clock.pass_by(hours=1)
    await store.inbox.record(
        make.event(EventKind.REPLIED, ada.id, at, touch=row.touch.id, details={"intent": "interested"})
    )
    await store.leads.place(ada.id, stage="mql", reason="replied", score=40, now=clock.pass_by(minutes=1))
    clock.pass_by(minutes=1)
    await store.tasks.open(Task("handoff-1", ada.id, TaskKind.HANDOFF, "Call Ada", rep="anna"))
    await store.tasks.close("handoff-1", TaskStatus.ACCEPTED, clock.pass_by(minutes=1), outcome="accepted")

    story = await store.reports.timeline(ada.id)

    assert [(each.kind, each.what) for each in story] == [
        ("event", "enrolled"),
        ("touch", "sent"),
        ("event", "replied"),
        ("stage", "mql"),
        ("task", "opened"),
        ("task", "accepted"),
    ]
    assert story == sorted(story, key=lambda moment: moment.at)
    assert story[0].details == {"name": "trial"}
    assert (story[2].sequence, story[2].step, story[2].details) == ("trial", "welcome", {"intent": "interested"})
    assert story[1].details == {"channel": "email", "sender": "ada@mail"}
    assert await store.reports.timeline("lead-nobody") == []


async def test_counts_for_the_funnel(store, ada, ken, make, send, clock):
    await send(make.touch(ada.id))
    await send(make.touch(ken.id))
    text = make.touch(ada.id, "nudge", Channel.SMS)
    await store.ledger.withhold(
        text, TouchState.SUPPRESSED, clock.now(), code="no_consent", reason="no written consent"
    )
    await store.leads.place(ada.id, stage="mql", reason="score", score=60, now=clock.now())
    for _ in range(2):
        await store.inbox.record(make.event(EventKind.CLICKED, ada.id))

    counts = [
        TouchCount("trial", "nudge", "sms", TouchState.SUPPRESSED, "no_consent", 1),
        TouchCount("trial", "welcome", "email", TouchState.SENT, "", 2),
    ]
    assert await store.reports.touch_counts() == counts
    assert await store.reports.touch_counts("trial") == counts
    assert await store.reports.touch_counts("other") == []
    assert await store.reports.stages() == {"lead": 1, "mql": 1}
    assert await store.reports.event_counts() == {"clicked": 1}


async def test_what_nobody_knows_is_listed(store, ada, make, send, clock):
    await send(make.touch(ada.id, "known"))
    for step in ("lost", "uncertain"):
        touch = make.touch(ada.id, step)
        row = await store.ledger.reserve(make.intent(touch), clock.now())
        await store.ledger.mark_wire(touch.id, row.fence, clock.now(), lambda facts: None)
    await store.ledger.settle(touch.id, row.fence, TouchState.UNCERTAIN, clock.now(), reason="connection lost")

    assert [row.touch.step for row in await store.reports.uncertain(clock.now())] == ["uncertain"]
    clock.pass_by(minutes=2)
    assert [row.touch.step for row in await store.reports.uncertain(clock.now())] == ["lost", "uncertain"]


async def test_an_audit_reads_every_row_page_by_page(store, ada, make, clock):
    touches = [make.touch(ada.id, f"step-{number}") for number in range(501)]
    for touch in touches:
        await store.ledger.withhold(touch, TouchState.CANCELLED, clock.now(), code="", reason="")

    assert [row.touch async for row in store.reports.ledger()] == touches

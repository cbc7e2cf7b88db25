"""The channels that people work: a decision to call or to do something by hand becomes a task in the inbox."""

from __future__ import annotations

from datetime import datetime

from nurture.domain.decisions import AskRep
from nurture.domain.tasks import Task


def task_for(ask: AskRep, words: tuple[str, str], *, rep: str, now: datetime) -> Task:
    """Return the task a planner's `AskRep` asks for.

    Its id is the touch's, so opening it twice is harmless. `words` are the (title, Markdown body) that the composer
    made of the script; an empty title falls back to the decision's own. `rep` "" leaves it in the pool; `now` is UTC.
    """
    title, body = words
    return Task(
        id=ask.touch.id,
        lead=ask.touch.lead,
        kind=ask.kind,
        title=title or ask.title,
        body=body,
        rep=rep,
        due_at=ask.due_at,
        outcomes=ask.outcomes,
        sequence=ask.touch.sequence,
        step=ask.touch.step,
        created_at=now,
        details={"why": ask.why, "score": ask.touch.score, "stage": ask.touch.stage},
    )

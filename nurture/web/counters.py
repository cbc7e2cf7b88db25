"""What this process counted since it started, in the text format that Prometheus reads."""

from __future__ import annotations

from collections import Counter

MEANINGS = {
    "nurture_http_requests_total": "Requests answered, by door and status.",
    "nurture_facts_total": "Facts that came in, by kind and whether they were new or a repeat.",
    "nurture_unheard_at_once_total": "Stored facts whose workflow had not heard them when the door answered, by kind.",
    "nurture_webhook_refusals_total": "Webhook calls refused for a bad signature, by door.",
    "nurture_login_failures_total": "Wrong keys at the rep login.",
    "nurture_answers_total": "Answers of reps to tasks, by verb and how they ended.",
}


class Counters:
    """Monotonic counters by name and labels; labels come from small closed sets, never from a request's own words."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(self, name: str, **labels: str) -> None:
        """Count one. Raises KeyError when `name` has no meaning in `MEANINGS`."""
        MEANINGS[name]
        self._counts[name, tuple(sorted(labels.items()))] += 1

    def read(self, name: str, **labels: str) -> int:
        """Return one counter's value, 0 when it never counted."""
        return self._counts[name, tuple(sorted(labels.items()))]

    def text(self) -> str:
        """Return all counters in Prometheus' text format 0.0.4, sorted, so that two scrapes compare."""
        lines: list[str] = []
        for name, meaning in sorted(MEANINGS.items()):
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} counter"]
            lines += [
                f"{name}{_braces(labels)} {n}" for (key, labels), n in sorted(self._counts.items()) if key == name
            ]
        return "\n".join(lines) + "\n"


def _braces(labels: tuple[tuple[str, str], ...]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in labels)
    return f"{{{inside}}}" if inside else ""

"""How tests came out, for a marketer: what was expected where, what came instead, and the whole story with reasons."""

from __future__ import annotations

from typing import Any

from nurture.trying.moments import local
from nurture.trying.record import Line
from nurture.trying.rehearsal import Verdict


def verdict_text(verdict: Verdict, *, story: bool = False) -> str:
    """Return one test's result: a line when it passed; misses with their places and the log when not, or when asked."""
    line = f"{'ok  ' if verdict.passed else 'FAIL'} {verdict.file}:{verdict.test.place.line} {verdict.test.name}"
    if verdict.passed and not story:
        return line
    lines = [line]
    for miss in verdict.misses:
        place = verdict.place_of(miss)
        lines.append(f"  {verdict.file}:{place.line}:{place.column}: {_name(miss.path)}{miss.words}.")
    return "\n".join([*lines, *_story(verdict)])


def summary(verdicts: list[Verdict]) -> str:
    """Return the last line: `31 tests, 1 failed`."""
    failed = sum(not verdict.passed for verdict in verdicts)
    count = f"{len(verdicts)} test{'' if len(verdicts) == 1 else 's'}"
    return f"{count}, {f'{failed} failed' if failed else 'all passed'}"


def verdicts_json(verdicts: list[Verdict]) -> dict[str, Any]:
    """Return all results as plain values, the log of the failed ones included."""
    failed = sum(not verdict.passed for verdict in verdicts)
    results = [_as_json(verdict) for verdict in verdicts]
    return {"tests": len(verdicts), "passed": len(verdicts) - failed, "failed": failed, "results": results}


def _story(verdict: Verdict) -> list[str]:
    if not verdict.record.log:
        return []
    head = f"  What happened, on the clocks of {verdict.zone}:"
    return [head, *(f"    {_line(line, verdict.zone)}" for line in verdict.record.log)]


def _line(line: Line, zone: str) -> str:
    why = f" — {line.why}" if line.why else ""
    return f"{local(line.at, zone)}  {line.what}{why}"


def _name(path: tuple[str | int, ...]) -> str:
    """Return what was expected by its key, "" for something that should have happened."""
    return f"{path[1]}: " if path[0] == "expect" and len(path) > 1 else ""


def _as_json(verdict: Verdict) -> dict[str, Any]:
    places = [(miss, verdict.place_of(miss)) for miss in verdict.misses]
    missed = [
        {"line": place.line, "column": place.column, "expect": ".".join(map(str, miss.path)), "words": miss.words}
        for miss, place in places
    ]
    story = [{"at": line.at.isoformat(), "what": line.what, "why": line.why} for line in verdict.record.log]
    return {
        "file": verdict.file,
        "line": verdict.test.place.line,
        "test": verdict.test.name,
        "passed": verdict.passed,
        "misses": missed,
        "log": story if missed else [],
    }

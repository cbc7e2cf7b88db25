"""What the doctor says about one thing: fine, worth a look, or broken, with the fact and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. SKIP is what was not looked at, e.g. offline."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, how bad it is, the fact, and what to do about it ("" when there is nothing to do)."""

    check: str
    level: Level
    fact: str
    remedy: str = ""


def ok(check: str, fact: str) -> Finding:
    """Return that all is well."""
    return Finding(check, Level.OK, fact)


def warn(check: str, fact: str, remedy: str) -> Finding:
    """Return something that works and should not stay like this."""
    return Finding(check, Level.WARN, fact, remedy)


def fail(check: str, fact: str, remedy: str) -> Finding:
    """Return something that must be repaired before anything is sent."""
    return Finding(check, Level.FAIL, fact, remedy)


def skip(check: str, fact: str) -> Finding:
    """Return that a check was left out, and why."""
    return Finding(check, Level.SKIP, fact)

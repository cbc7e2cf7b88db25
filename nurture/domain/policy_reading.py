"""Reads a plain document of policies, value by value, and gathers all mistakes with their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nurture.domain.condition_vocabulary import suggest
from nurture.domain.duration import Duration, parse_duration
from nurture.domain.errors import Invalid


class Reading:
    """One mapping of a document at `place` (such as `fit[2]`). Mistakes are gathered for the whole document."""

    def __init__(self, document: Any, place: str = "", problems: list[str] | None = None) -> None:
        self._place = place
        self.problems: list[str] = [] if problems is None else problems
        self._values: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
        if not isinstance(document, Mapping):
            self.problems.append(f"{place or 'the document'} is not a mapping")

    def blame(self, key: str, message: str) -> None:
        """Write down a mistake at `key`."""
        self.problems.append(f"{self._path(key)}: {message}")

    def only(self, *keys: str) -> None:
        """Refuse every key but these."""
        for key in self._values:
            if key not in keys:
                self.blame(str(key), f"unknown key. {suggest(str(key), keys)}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a whole number; without a default it must be there."""
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self.blame(key, "a whole number belongs here")
            return default or 0
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be empty."""
        value = self._values.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.blame(key, "a text belongs here")
            return default or ""
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; false when the key is not there."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            self.blame(key, "true or false belongs here")
        return value is True

    def duration(self, key: str) -> Duration:
        """Return a duration, which must be there."""
        try:
            return parse_duration(str(self._values.get(key, "")))
        except Invalid as mistake:
            self.blame(key, f"{mistake.reason}. {mistake.remedy}")
            return Duration(1, "day")

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text is a list of one."""
        value = self._values.get(key, ())
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
            self.blame(key, "a list of names belongs here")
            return ()
        return tuple(listed)

    def plain(self, key: str) -> Mapping[str, Any]:
        """Return a mapping as it stands; empty when the key is not there."""
        value = self._values.get(key, {})
        if not isinstance(value, Mapping):
            self.blame(key, "a mapping belongs here")
            return {}
        return value

    def parts(self, key: str) -> Iterator[Reading]:
        """Yield a reading of each mapping in a list."""
        value = self._values.get(key, [])
        if not isinstance(value, list | tuple):
            self.blame(key, "a list belongs here")
            return
        for index, each in enumerate(value):
            yield Reading(each, f"{self._path(key)}[{index}]", self.problems)

    def named(self, key: str) -> Iterator[tuple[str, Reading]]:
        """Yield the name and a reading of each entry of a mapping of mappings."""
        for name, each in self.plain(key).items():
            yield str(name), Reading({} if each is None else each, f"{self._path(key)}.{name}", self.problems)

    def finish(self, what: str) -> None:
        """Raise Invalid with every mistake, when there is one."""
        if self.problems:
            raise Invalid(f"{what} cannot be used: {'; '.join(self.problems)}", problems=self.problems)

    def _path(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

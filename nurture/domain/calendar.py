"""Open hours in a place: windows, business time and closed dates on real clocks, with their gaps and repeated hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from nurture.domain.duration import Duration
from nurture.domain.errors import Invalid
from nurture.domain.hours import DAY_MINUTES, WEEKDAYS, Hours, read_hours
from nurture.domain.wallclock import DAY_MICROSECONDS, instant, local_date, wall

__all__ = ["Calendar", "Hours", "Window", "next_common"]

_HORIZON = 3_660  # days we look ahead before a calendar counts as closed for ever
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A named week of open hours. Raises Invalid when it would never open or its hours are not in order.

    `reaches_midnight`: a day's hours may run on into the next day's.
    """

    name: str
    hours: Hours
    reaches_midnight: bool = field(init=False, repr=False, compare=False, default=False)
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        if len(self.hours) != len(WEEKDAYS) or not any(self.hours):
            raise Invalid(f'The window "{self.name}" never opens', remedy="Give it at least one day with hours")
        for day in self.hours:
            flat = [minute for span in day for minute in span]
            if flat != sorted(set(flat)) or (flat and not 0 <= flat[0] < flat[-1] <= DAY_MINUTES):
                raise Invalid(
                    f'The hours of the window "{self.name}" overlap, are empty or run past midnight',
                    remedy="Write 22:00-24:00 on one day and 00:00-06:00 on the next",
                )
        # Hashing seven nested tuples on each look-up would cost more than the look-up.
        object.__setattr__(self, "_hash", hash(self.hours))
        late = any(end == DAY_MINUTES for day in self.hours for _, end in day)
        object.__setattr__(self, "reaches_midnight", late)

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def parse(cls, name: str, text: str | Mapping[str, str]) -> Window:
        """Read hours as `hours.read_hours` does. Raises Invalid with the name of the window."""
        return cls(name, read_hours(name, text))


@dataclass(frozen=True, slots=True)
class Calendar:
    """A window in a time zone, without the local dates in `closed`."""

    window: Window
    zone: ZoneInfo
    closed: frozenset[date] = frozenset()
    _days: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _near: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _worked: dict[tuple[date, int, int], tuple[date | None, date | None]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    @property
    def timezone(self) -> str:
        """The name of the zone (IANA)."""
        return str(self.zone.key)

    def next_open(self, at: datetime) -> datetime:
        """Return `at` if open then, else the next opening (UTC). Raises Invalid when closed dates leave none."""
        return self._span_from(at)[0]

    def is_open(self, at: datetime) -> bool:
        """Tell whether `at` is open: an opening instant is, a closing instant is not."""
        return self.next_open(at) == at

    def closes_at(self, at: datetime) -> datetime:
        """Return when the open time that holds (or else follows) `at` ends (UTC); looks at most 31 days ahead."""
        return self.open_span(at)[1]

    def open_span(self, at: datetime) -> tuple[datetime, datetime]:
        """Return `next_open(at)` and `closes_at(at)` in one look."""
        start, end = self._span_from(at)
        if not self.window.reaches_midnight:
            return start, end
        for opens, closes in self._spans_from(end):
            if opens != end or closes - at > 31 * _DAY:
                break
            end = closes
        return start, end

    def is_working_day(self, day: date) -> bool:
        """Tell whether the window has hours on this local date."""
        return bool(self.window.hours[day.weekday()]) and day not in self.closed

    def add(self, at: datetime, duration: Duration) -> datetime:
        """Return the instant (UTC) `duration` after `at`; never earlier for a later `at`.

        Plain durations are elapsed time. Business seconds, minutes and hours count open time only. N business days are
        the same local time N working days later (open or not: ask `next_open`); a day off counts from the start of the
        next working day. A business week has as many days as the window. Raises Invalid beyond ten years.
        """
        if not duration.business:
            return _shifted(at, duration.plain)
        if duration.unit in ("day", "week"):
            return self._working_day(at, self._in_days(duration), _days_on, 0)
        return self._open_time_on(at, duration.plain)

    def subtract(self, at: datetime, duration: Duration) -> datetime:
        """Return the instant (UTC) `duration` before `at`; a day off counts from the end of the working day before."""
        if not duration.business:
            return _shifted(at, -duration.plain)
        if duration.unit in ("day", "week"):
            return self._working_day(at, self._in_days(duration), _days_back, DAY_MICROSECONDS)
        return self._open_time_back(at, duration.plain)

    def _in_days(self, duration: Duration) -> int:
        return duration.amount * (sum(map(bool, self.window.hours)) if duration.unit == "week" else 1)

    def _working_day(self, at: datetime, count: int, ahead: Callable[[date], Iterator[date]], day_off: int) -> datetime:
        """Return the local time of `at` on the `count`-th working day `ahead`; a day off has the time `day_off`."""
        day, clock = wall(self.zone, at)
        key = (day, count, day_off)
        if key not in self._worked:  # a memo like that of the days: the same few steps, again and again
            self._worked[key] = self._working_days(day, count, ahead)
        first, target = self._worked[key]
        if target is None:
            raise _too_far(self.window, at)
        return instant(self.zone, target, clock if first == day else day_off)

    def _working_days(
        self, day: date, count: int, ahead: Callable[[date], Iterator[date]]
    ) -> tuple[date | None, date | None]:
        """Return the first working day from `day` on and the `count`-th behind it; None beyond the horizon."""
        working = (each for each in ahead(day) if self.is_working_day(each))
        first = next(working, None)
        return first, first if count == 0 else next((each for n, each in enumerate(working, 1) if n == count), None)

    def _open_time_on(self, at: datetime, left: timedelta) -> datetime:
        for opens, closes in self._spans_from(at):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise _too_far(self.window, at)

    def _open_time_back(self, at: datetime, left: timedelta) -> datetime:
        for day in _days_back(local_date(self.zone, at) + _DAY):
            for opens, closes in reversed(self._spans_on(day)):
                end = min(at, closes)
                if end >= opens and left <= end - opens:
                    return end - left
                left -= max(end - opens, timedelta())
        raise _too_far(self.window, at)

    def _spans_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        known = self._days.get(day)
        if known is None:
            # A memo, and a small one: the planner asks for the same hundred days a million times.
            known = self._days[day] = () if day in self.closed else _open_spans(self.window, self.zone, day)
        return known

    def _span_from(self, at: datetime) -> tuple[datetime, datetime]:
        """Return what is left of the first open span that ends after `at`; raises Invalid at the horizon."""
        for opens, closes in self._spans_near(at):
            if at < closes:
                return (at if at >= opens else opens), closes
        return next(self._spans_from(at))

    def _spans_near(self, at: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """Return the spans of the local dates that the UTC date of `at` may have: no zone is a day from UTC."""
        day = at.date() if at.tzinfo is UTC else at.astimezone(UTC).date()
        known = self._near.get(day)
        if known is None:
            dates = (day - _DAY, day, day + _DAY)
            known = self._near[day] = tuple(span for each in dates for span in self._spans_on(each))
        return known

    def _spans_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield what is left of each open span from `at` on; raises Invalid at the horizon."""
        for day in _days_on(local_date(self.zone, at)):
            for opens, closes in self._spans_on(day):
                if at < closes:
                    yield max(opens, at), closes
        raise _too_far(self.window, at)


def next_common(calendars: Sequence[Calendar], at: datetime, within: timedelta = timedelta(days=31)) -> datetime | None:
    """Return the first instant (UTC) from `at` on at which every calendar is open; None when none is within."""
    moment = at
    while moment - at <= within:
        later = max((calendar.next_open(moment) for calendar in calendars), default=moment)
        if later == moment:
            return moment
        moment = later
    return None


@lru_cache(maxsize=131_072)
def _open_spans(window: Window, zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return the open spans of a local date in UTC; a span that falls into a clock gap vanishes."""
    minute = 60 * 1_000_000
    spans = ((instant(zone, day, a * minute), instant(zone, day, b * minute)) for a, b in window.hours[day.weekday()])
    return tuple((opens, closes) for opens, closes in spans if opens < closes)


def _days_on(day: date) -> Iterator[date]:
    return (day + timedelta(days=n) for n in range(_HORIZON))


def _days_back(day: date) -> Iterator[date]:
    return (day - timedelta(days=n) for n in range(_HORIZON))


def _shifted(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError as endless:
        raise Invalid(f"{abs(by).days} days from {at:%Y-%m-%d} are beyond any calendar") from endless


def _too_far(window: Window, at: datetime) -> Invalid:
    return Invalid(f'The window "{window.name}" has no such time within ten years of {at:%Y-%m-%d}')

"""When does somebody come back? Reads the date out of an out-of-office text in English, German, French or Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier janv enero ene janner",
            "february feb februar fevrier fevr febrero",
            "march mar marz maerz mars marzo",
            "april apr avril avr abril abr",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet juil julio",
            "august aug aout agosto ago",
            "september sept sep septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez decembre diciembre dic",
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday montag lundi lunes",
            "tuesday dienstag mardi martes",
            "wednesday mittwoch mercredi miercoles",
            "thursday donnerstag jeudi jueves",
            "friday freitag vendredi viernes",
            "saturday samstag sonnabend samedi sabado",
            "sunday sonntag dimanche domingo",
        )
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d{{2}}-\d{{2}}\b)"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s*(?:of |de |du )?(?P<month>{_MONTH})\b\.?,?"
    r"(?:\s+(?:de |del )?(?P<year>\d{4}))?"
    rf"|\b(?P<month2>{_MONTH})\b\.?\s+(?:the )?(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<year2>\d{{4}}))?"
    r"|\b(?P<day3>\d{1,2})\.\s?(?P<month3>\d{1,2})\.(?:\s?(?P<year3>\d{4}|\d{2})\b)?"
    r"|\b(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year4>\d{4}|\d{2}))?\b"
)
_BACK = re.compile(
    r"\b(?:back|return\w*|resum\w+|available (?:again )?(?:from|on|as of)|in the office (?:again )?(?:on|from)|zuruck"
    r"|wieder|retour\w*|reprendrai|joignable|a partir d[ue]|regres\w+|vuelv\w+|vuelta"
    r"|reincorpor\w+|disponible)\b"
)
_LAST_DAY = re.compile(
    r"\b(?:through|thru|bis|einschliesslich|inclu\w+|jusqu\w*|hasta|to|au|al)\b|[-–]\s*$"
)  # what follows is a day away
_FROM = re.compile(r"\bab(?: dem)?\b")
_AGAIN = re.compile(r"[^.!?\n]{0,40}\b(?:wieder|erreichbar|zuruck|verfugbar)\b")
_UNTIL = re.compile(r"\b(?:until|till|til|before)\b")
_RELATIVE = re.compile(
    r"\b(?:back|return\w*|available|ab|zuruck|wieder|retour|regres\w+|vuelv\w+|vuelta)\b[^.!?\n]{0,40}?\b(?:(?P<weekday>"
    + "|".join(_WEEKDAYS)
    + r")|(?P<tomorrow>tomorrow|morgen|demain|manana)|(?P<week>next week"
    r"|nachste[rn]? woche|semaine prochaine|proxima semana))\b"
)
_FARTHEST = timedelta(days=366)


def return_date(text: str, now: datetime | date) -> date | None:
    """Return the first day somebody is back, or None when the text does not say one that lies ahead within a year.

    "Back on" beats "until"; of several the latest counts: too late costs a day, too early a lead.
    "Through", "bis", "jusqu'au" and "hasta" name the last day away. A date without a year is the next one to come.
    `now` is UTC; a date that can be read two ways (03/04) is read so that it lies ahead, and later if both do.
    """
    today = now.date() if isinstance(now, datetime) else now
    plain = _plain(text)
    back: list[date] = []
    until: list[date] = []
    for found in _DATE.finditer(plain):
        day = _ahead(found, today)
        before = _clause(plain, found.start())
        if day is None:
            continue
        if _BACK.search(before) or (_FROM.search(before) and _AGAIN.match(plain[found.end() :])):
            back.append(day)
        elif _LAST_DAY.search(before) or re.match(r"\W*(?:inclu|einschl)", plain[found.end() :]):
            until.append(day + timedelta(days=1))
        elif _UNTIL.search(before):
            until.append(day)
    return max(back or until, default=None) or _relative(plain, today)


def _clause(plain: str, end: int) -> str:
    """Return the words right before a date, after the last date or sentence."""
    return re.split(r"[.!?;]\s|\d{1,2}[./]\d|\n\n", plain[max(0, end - 60) : end])[-1]


def _ahead(found: re.Match[str], today: date) -> date | None:
    days = [day for day in _readings(found, today) if today <= day <= today + _FARTHEST]
    return max(days, default=None)


def _readings(found: re.Match[str], today: date) -> Iterator[date]:
    part = found.groupdict()
    if part["iso"]:
        yield from _dates(int(part["iso"][:4]), int(part["iso"][5:7]), int(part["iso"][8:]))
    elif part["month"] or part["month2"]:
        month = _MONTHS[part["month"] or part["month2"]]
        yield from _in_years(part["year"] or part["year2"], month, int(part["day"] or part["day2"]), today)
    elif part["day3"]:
        yield from _in_years(part["year3"], int(part["month3"]), int(part["day3"]), today)
    else:
        first, second = int(part["first"]), int(part["second"])
        yield from _in_years(part["year4"], second, first, today)
        yield from _in_years(part["year4"], first, second, today)


def _in_years(year: str | None, month: int, day: int, today: date) -> Iterator[date]:
    """Yield the date in its year, or in this year, or in the next when this year's is long past."""
    if year:
        yield from _dates(int(year) if len(year) == 4 else 2000 + int(year), month, day)
        return
    for this_year in _dates(today.year, month, day):
        # Auto-replies outlive the holiday: "back on 3 March" read on 5 March is past, not next year's.
        if this_year >= today - timedelta(days=30):
            yield this_year
        else:
            yield from _dates(today.year + 1, month, day)


def _dates(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _relative(plain: str, today: date) -> date | None:
    found = _RELATIVE.search(plain)
    if found is None:
        return None
    if found["tomorrow"]:
        return today + timedelta(days=1)
    weekday = _WEEKDAYS[found["weekday"]] if found["weekday"] else 0
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text[:4_000].casefold().replace("º", "").replace("’", "'"))
    return re.sub(r"[ \t]*\n?[ \t]+|(?<!\n)\n(?!\n)", " ", "".join(c for c in apart if not unicodedata.combining(c)))

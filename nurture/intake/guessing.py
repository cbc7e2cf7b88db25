"""A first guess at which column is what, with its confidence and reason, for a person to confirm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from nurture.intake.addresses import email_of, phone_of
from nurture.intake.cells import READERS, Kind, clean, is_nothing, moment, snake_case
from nurture.intake.leadmap import ONCE, Column, ConsentColumns, LeadMap, Part
from nurture.intake.places import country_of, zone_of
from nurture.intake.synonyms import CHANNELS, CONSENT, NAMES, OPT_OUTS, PRIVATE, WORDY

Values = Counter[str]
"""What a column's sampled cells say, clean, and how often each does."""
ENOUGH = 0.8
"""Share of a column's sampled values that must read as something for the column to be taken for it."""
_LONG = 80
_DATES, _SOURCES, _WORDINGS = ("_date", "_at", "_given_at"), ("_source", "_url", "_form"), ("_text", "_wording")
_PROOFS = (*_DATES, *_SOURCES, *_WORDINGS)
"""How the columns end that prove the consent column they are named after."""
_LOOKS: tuple[tuple[Part, Callable[[str], object], str], ...] = (
    (Part.EMAIL, email_of, "its values are e-mail addresses"),
    (Part.PHONE, lambda text: phone_of(_with_plus(text)), "its values are phone numbers"),
    (Part.TIMEZONE, zone_of, "its values are time zones"),
    (Part.COUNTRY, lambda text: country_of(_spelled_out(text)), "its values are countries"),
)
_READABLE: dict[Part, Callable[[str], object]] = {
    Part.EMAIL: email_of,
    Part.COUNTRY: country_of,
    Part.TIMEZONE: zone_of,
    Part.CREATED_AT: moment,
}


def guess_mapping(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> LeadMap:
    """Return the likeliest map of a file with these column names and sample rows (cells as they came, some dozens)."""
    columns = [_guess(header, _values(rows, place)) for place, header in enumerate(headers) if header]
    return LeadMap(_with_proof(_each_part_once(columns)))


def _guess(header: str, values: Values) -> Column:
    name = snake_case(header)
    if name in OPT_OUTS:
        return Column(header, Part.OPT_OUT, channels=OPT_OUTS[name], why="a yes here is a no to us")
    if CONSENT.search(name) and _may_claim(name, values):
        return _consent(header, name)
    return _by_name(header, name, values) or _by_values(header, values) or _fact(header, name, values)


def _may_claim(name: str, values: Values) -> bool:
    """Whether a column with consent in its name says yes or no; judged by the name alone when no values are seen."""
    if values:
        return _share(READERS[Kind.YES_NO], values) >= ENOUGH
    return not name.endswith(_PROOFS)


def _consent(header: str, name: str) -> Column:
    channel = next((channel for word, channel in CHANNELS.items() if word in name.split("_")), CHANNELS["email"])
    return Column(header, Part.CONSENT, consent=ConsentColumns(channel), confidence=0.6, why="claims consent")


def _by_name(header: str, name: str, values: Values) -> Column | None:
    part = next((part for part, names in NAMES.items() if name in names), None)
    if part is None:
        return None
    rank = NAMES[part].index(name)
    fits = _share(_READABLE[part], values) if part in _READABLE and values else 1.0
    if fits < 0.5:
        return None
    confidence = round((0.98 - 0.02 * rank) * fits, 2)
    return Column(header, part, name=name, confidence=max(confidence, 0.3), why="by its name")


def _by_values(header: str, values: Values) -> Column | None:
    for part, reader, why in _LOOKS:
        share = _share(reader, values)
        if share >= ENOUGH:
            return Column(header, part, name=snake_case(header), confidence=round(0.85 * share, 2), why=why)
    return None


def _fact(header: str, name: str, values: Values) -> Column:
    if not name or PRIVATE.search(name):
        return Column(header, Part.SKIP, confidence=0.7, why="says who or where somebody is: not kept as a fact")
    if any("@" in value or "://" in value or len(value) > _LONG for value in values):
        return Column(header, Part.SKIP, confidence=0.6, why="holds addresses or free text: not kept as a fact")
    kind, why = _kind(values)
    if WORDY.search(name) and kind in (Kind.TEXT, Kind.AUTO):
        return Column(header, Part.SKIP, confidence=0.6, why="likely free text: not kept as a fact")
    return Column(header, Part.FIELD, name=name, kind=kind, confidence=0.9 if values else 0.5, why=why)


def _kind(values: Values) -> tuple[Kind, str]:
    if not values:
        return Kind.AUTO, "no values seen"
    for kind, what in ((Kind.YES_NO, "yes or no"), (Kind.NUMBER, "numbers"), (Kind.DATE, "dates")):
        if all(_reads(READERS[kind], value) for value in values) and not _is_code(kind, values):
            return kind, f"a fact: {what}"
    return Kind.TEXT, "a fact: text"


def _is_code(kind: Kind, values: Values) -> bool:
    """Whether numbers are codes in truth ("01067"), or yes and no are numbers (only 0 and 1, or t and x)."""
    if kind is Kind.NUMBER:
        return any(value[0] == "0" and value[1:2].isdigit() for value in values)
    return kind is Kind.YES_NO and not {value.lower() for value in values} & {
        "yes",
        "no",
        "true",
        "false",
        "ja",
        "nein",
    }


def _each_part_once(columns: Sequence[Column]) -> list[Column]:
    best: dict[Part, Column] = {}
    for column in columns:
        if column.part in ONCE and column.confidence > getattr(best.get(column.part), "confidence", 0.0):
            best[column.part] = column
    return [
        column if column.part not in ONCE or best[column.part] is column else _demoted(column) for column in columns
    ]


def _demoted(column: Column) -> Column:
    why = f"another column is the likelier {column.part}"
    if column.part in (Part.SOURCE, Part.ORIGIN, Part.REGION, Part.PROSPECT_ID, Part.COUNTRY):
        return replace(column, part=Part.FIELD, confidence=0.5, why=why)
    return replace(column, part=Part.SKIP, confidence=0.5, why=why)


def _with_proof(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Give each consent column the date, source and wording columns that share its name ("SMS Consent Date")."""
    by_name = {snake_case(column.header): column.header for column in columns}
    return tuple(_proven(column, by_name) for column in columns)


def _proven(column: Column, by_name: dict[str, str]) -> Column:
    if column.consent is None:
        return column
    stem = snake_case(column.header)
    date, source, wording = (
        next((by_name[stem + end] for end in ends if stem + end in by_name), "")
        for ends in (_DATES, _SOURCES, _WORDINGS)
    )
    why = "claims consent, with date and source" if date and source else "claims consent, but proves nothing"
    return replace(column, consent=replace(column.consent, date=date, source=source, wording=wording), why=why)


def _values(rows: Sequence[Sequence[str]], place: int) -> Values:
    cells = Counter(row[place] for row in rows if place < len(row))
    values: Values = Counter()
    for cell, count in cells.items():
        if not is_nothing(text := clean(cell)):
            values[text] += count
    return values


def _share(reader: Callable[[str], object], values: Values) -> float:
    return sum(count for value, count in values.items() if _reads(reader, value)) / values.total() if values else 0.0


def _reads(reader: Callable[[str], object], value: str) -> bool:
    try:
        reader(value)
    except ValueError:
        return False
    return True


def _spelled_out(text: str) -> str:
    if len(text) < 4:
        raise ValueError("not a country's name: NO may be a no")
    return text


def _with_plus(text: str) -> str:
    if not text.startswith(("+", "00")):
        raise ValueError("not a phone number by itself")
    return text

"""The map as a YAML file a person can read, correct and keep beside the data, and as a table to confirm."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from nurture.domain.consent import Basis
from nurture.domain.errors import Invalid
from nurture.domain.lead import Channel
from nurture.intake.cells import Kind, snake_case
from nurture.intake.leadmap import Column, ConsentColumns, Inquiry, LeadMap, Part

_LARGEST = 262_144
_PLAIN = {part.value: part for part in Part if part not in (Part.OPT_OUT, Part.CONSENT, Part.FIELD)}
_FORMS = {
    "field": {"field", "kind"},
    "opt_out": {"opt_out"},
    "consent": {"consent", "date", "source", "wording", "basis"},
}
_DEFAULTS = ("system", "source", "country", "language", "timezone", "encoding", "delimiter")
_TOP = {"columns", "basis", "inquiry", *_DEFAULTS}


def load_map(path: Path) -> LeadMap:
    """Return the map kept in a YAML file (docs/operations.md). Raises Invalid with every mistake and its place."""
    if path.stat().st_size > _LARGEST:
        raise Invalid(f"{path} is larger than {_LARGEST // 1024} kB: this is no map")
    try:
        document = YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8-sig"))
    except (MarkedYAMLError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read as YAML", problems=str(error).splitlines()) from error
    return _Reading(str(path)).leadmap(document)


def dump_map(leadmap: LeadMap) -> str:
    """Return the map as YAML text that `load_map` reads back, with each guess's confidence as a comment."""
    yaml = YAML(typ="rt", pure=True)
    yaml.default_flow_style = False
    document = yaml.map()
    for name in _DEFAULTS:
        if value := getattr(leadmap, name):
            document[name] = value
    if leadmap.basis:
        document["basis"] = leadmap.basis.value
    days = {"days": leadmap.inquiry.days} if leadmap.inquiry.days else {}
    document["inquiry"] = {"words": list(leadmap.inquiry.words), **days}
    document["columns"] = columns = yaml.map()
    for column in leadmap.columns:
        columns[column.header] = _written(column)
        if column.confidence < 1 and isinstance(columns[column.header], str):
            columns.yaml_add_eol_comment(f"{column.confidence:.0%} sure: {column.why}", column.header)
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()


def table(leadmap: LeadMap) -> str:
    """Return the map as a text table: column, what it becomes, how sure we are, and why."""
    rows = [("column", "becomes", "sure", "why")]
    rows += [(c.header, becomes(c), f"{c.confidence:.0%}", c.why or "by the map") for c in leadmap.columns]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def becomes(column: Column) -> str:
    """Return what a column becomes, in a few words."""
    match column.part:
        case Part.FIELD:
            return f"lead.{column.name} ({column.kind})"
        case Part.OPT_OUT:
            return f"opt-out: {', '.join(column.channels)}"
        case Part.CONSENT:
            return f"consent: {column.consent.channel if column.consent else '?'}"
        case _:
            return str(column.part)


def _written(column: Column) -> Any:
    if column.part is Part.FIELD:
        return {"field": column.name, "kind": column.kind.value}
    if column.part is Part.OPT_OUT:
        return {"opt_out": [channel.value for channel in column.channels]}
    if column.consent:
        proof = column.consent
        named = {"date": proof.date, "source": proof.source, "wording": proof.wording, "basis": proof.basis.value}
        return {"consent": proof.channel.value, **{name: value for name, value in named.items() if value}}
    return column.part.value


def _fits(days: Any) -> bool:
    return isinstance(days, int) and not isinstance(days, bool) and days > 0


class _Reading:
    """One reading of one document; collects every mistake before it gives up."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[str] = []

    def leadmap(self, document: Any) -> LeadMap:
        if not isinstance(document, Mapping) or not isinstance(document.get("columns"), Mapping):
            raise Invalid(f"{self._file} has no `columns:` with one line a column", remedy="See docs/operations.md")
        for name in sorted(set(document) - _TOP):
            self._say(document, name, f"unknown key {name!r}, expected one of {', '.join(sorted(_TOP))}")
        columns = [self._column(document["columns"], header, said) for header, said in document["columns"].items()]
        basis = document.get("basis")
        found = LeadMap(
            tuple(column for column in columns if column),
            **{name: str(document.get(name) or "") for name in _DEFAULTS},
            basis=self._one_of(Basis, document, "basis", basis) if basis else None,
            inquiry=self._inquiry(document),
        )
        self._problems += [f"{self._file}: {problem}" for problem in found.problems()] if not self._problems else []
        if self._problems:
            raise Invalid(f"{self._file} is no usable map", problems=self._problems)
        return found

    def _inquiry(self, document: Any) -> Inquiry:
        said = document.get("inquiry")
        if said is None:
            return Inquiry()
        if not isinstance(said, Mapping) or set(said) - {"words", "days"} or not _fits(said.get("days", 1)):
            self._say(document, "inquiry", "`inquiry` has `words` (a list) and `days` (a whole number above 0)")
            return Inquiry()
        words = said.get("words", Inquiry().words)
        return Inquiry(tuple(snake_case(str(word)) for word in words), said.get("days"))

    def _column(self, columns: Any, header: Any, said: Any) -> Column | None:
        name = str(header)
        if isinstance(said, str):
            return self._plain(columns, name, said)
        form = next((form for form in _FORMS if isinstance(said, Mapping) and form in said), "")
        if not form or set(said) - _FORMS[form]:
            self._say(columns, header, "expected a part, `field:`, `opt_out:` or `consent:` with its own keys")
            return None
        return {"field": self._field, "opt_out": self._opt_out, "consent": self._consent}[form](columns, name, said)

    def _plain(self, columns: Any, header: str, said: str) -> Column | None:
        if said in _PLAIN:
            return Column(header, _PLAIN[said], name=snake_case(header))
        if said and said not in _FORMS and snake_case(said) == said:
            return Column(header, Part.FIELD, name=said)
        self._say(columns, header, f"{said!r} is neither one of {', '.join(_PLAIN)} nor a field like page_views")
        return None

    def _field(self, columns: Any, header: str, said: Any) -> Column:
        kind = self._one_of(Kind, columns, header, said.get("kind", Kind.AUTO)) or Kind.AUTO
        return Column(header, Part.FIELD, name=snake_case(str(said["field"])), kind=kind)

    def _opt_out(self, columns: Any, header: str, said: Any) -> Column:
        named = said["opt_out"] if isinstance(said["opt_out"], list) else [said["opt_out"]]
        channels = [self._one_of(Channel, columns, header, name) for name in named]
        return Column(header, Part.OPT_OUT, channels=tuple(channel for channel in channels if channel))

    def _consent(self, columns: Any, header: str, said: Any) -> Column:
        channel = self._one_of(Channel, columns, header, said["consent"]) or Channel.EMAIL
        basis = self._one_of(Basis, columns, header, said.get("basis", Basis.EXPRESS)) or Basis.EXPRESS
        date, source, wording = (str(said.get(name) or "") for name in ("date", "source", "wording"))
        return Column(header, Part.CONSENT, consent=ConsentColumns(channel, date, source, wording, basis))

    def _one_of(self, words: Any, node: Any, key: Any, said: Any) -> Any:
        if said in set(words):
            return words(said)
        self._say(node, key, f"{said!r} is none of {', '.join(words)}")
        return None

    def _say(self, node: Any, key: Any, problem: str) -> None:
        line, column = node.lc.key(key)
        self._problems.append(f"{self._file}:{line + 1}:{column + 1}: {problem}")

"""What a run of the suite says: one JSON object for machines, a table for people, a page to keep."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from nurture.chaos.cell import Finding
from nurture.chaos.matrix import FAULTS

_HEADS = ("cell", "fault", "people", "lost", "twice", "uncertain", "after stop", "outside", "s", "")
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid #ccc;text-align:left;"
    "vertical-align:top}.no{color:#b00020;font-weight:600}.yes{color:#0a7a36}small{color:#555}"
)


@dataclass(frozen=True)
class Report:
    """Everything found in one run. `ids` are those that were asked for."""

    findings: Sequence[Finding]
    seed: int
    subset: str
    seconds: float
    ids: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether every cell that was run passed; a run of nothing did not."""
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    @property
    def not_run(self) -> dict[str, str]:
        """Return what was asked for and not run, by id: no part of what passed. The subset has fewer faults than the
        matrix, and some take hold of a file that Postgres does not have."""
        run = {finding.id for finding in self.findings}
        return {id_: FAULTS[id_] for id_ in self.ids if id_ not in run}

    def document(self) -> dict[str, Any]:
        """Return the one JSON object."""
        return {
            "cells": [asdict(finding) for finding in self.findings],
            "not_run": self.not_run,
            "passed": self.passed,
            "seed": self.seed,
            "subset": self.subset,
            "seconds": round(self.seconds, 1),
        }

    def keep(self, folder: Path) -> Path:
        """Write `report.json` and `report.html` into `folder`; return the page's path."""
        (folder / "report.json").write_text(json.dumps(self.document(), indent=2), encoding="utf-8")
        page = folder / "report.html"
        page.write_text(_page(self), encoding="utf-8")
        return page


def line(finding: Finding) -> str:
    """Return a finding in one line, for the progress."""
    said = f"lost {finding.lost}, twice {finding.twice}, uncertain {finding.uncertain}, after stop {finding.after_stop}"
    why = "".join(f"\n    {sentence}" for sentence in finding.why)
    return f"{_name(finding)}: {_verdict(finding)}: {said} ({finding.seconds:.0f} s){why}"


def show(report: Report, console: Console) -> None:
    """Print the table, what stands behind each failure, and what was not run."""
    table = Table(title="Faults", title_justify="left")
    for head in _HEADS:
        table.add_column(head, overflow="fold")
    for finding in report.findings:
        table.add_row(*_row(finding))
    console.print(table)
    for finding in report.findings:
        console.print(f"{_name(finding)}: must be: {finding.criterion}{_seen(finding)}", markup=False, highlight=False)
        for sentence in finding.why:
            console.print(f"    {sentence}", markup=False, highlight=False)
    if report.not_run:
        console.print(f"not run: {', '.join(report.not_run)}", markup=False, highlight=False)


def _row(finding: Finding) -> tuple[str, ...]:
    counts = (finding.lost, finding.twice, finding.uncertain, finding.after_stop, finding.outside_window)
    return (
        _name(finding),
        FAULTS[finding.id],
        str(finding.leads),
        *map(str, counts),
        f"{finding.seconds:.0f}",
        _verdict(finding),
    )


def _name(finding: Finding) -> str:
    name = f"{finding.id}/{finding.variant}" if finding.variant else finding.id
    return f"{name} (negative control)" if finding.negative_control else name


def _verdict(finding: Finding) -> str:
    return "passed" if finding.passed else "FAILED"


def _seen(finding: Finding) -> str:
    return "; seen: " + ", ".join(f"{name} {value}" for name, value in finding.seen.items()) if finding.seen else ""


def _page(report: Report) -> str:
    rows = "".join(_html_row(finding) for finding in report.findings)
    missing = "".join(f"<tr><td>{id_}</td><td>{_safe(fault)}</td></tr>" for id_, fault in report.not_run.items())
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    verdict = "Every cell that was run passed." if report.passed else "Some cells failed."
    return (
        f"<!doctype html><meta charset=utf-8><title>Faults</title><style>{_STYLE}</style><h1>Faults</h1>"
        f"<p>{verdict} Subset {_safe(report.subset)}, seed {report.seed}, {report.seconds:.0f} s.</p>"
        f"<table><tr>{heads}</tr>{rows}</table>"
        f"<h2>Not run</h2><table><tr><th>cell</th><th>fault</th></tr>{missing}</table>\n"
    )


def _html_row(finding: Finding) -> str:
    cells = "".join(f"<td>{_safe(cell)}</td>" for cell in _row(finding)[:-1])
    notes = "".join(f"<br><small>{_safe(words)}</small>" for words in (finding.criterion, *finding.why))
    mark = "yes" if finding.passed else "no"
    return f"<tr>{cells}<td class={mark}>{_verdict(finding)}{notes}</td></tr>"


def _safe(words: str) -> str:
    return html.escape(words)

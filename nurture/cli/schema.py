"""`nurture schema`: the grammar as JSON Schema, for editors that complete and check while somebody writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Sort = Annotated[
    str, typer.Argument(metavar="SORT", help="sequence, test, personas, or a policy such as calendars or score.")
]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of printing it.")]


def command(sort: Sort = "sequence", out: Out = None) -> None:
    """Print the JSON Schema of a sort of file.

    Editors use it when the first line of a file says so: `# yaml-language-server: $schema=../schema/sequence.json`

    Examples: `nurture schema` · `nurture schema test` · `nurture schema --out schema/sequence.json`
    """
    from nurture.authoring.schema import json_schema
    from nurture.domain.errors import Misconfigured

    text = json.dumps(json_schema(sort), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        print(text, end="")
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as trouble:
        raise Misconfigured(f"{out} cannot be written: {trouble.strerror}", remedy="Choose another file") from trouble
    print(f"wrote {out}")

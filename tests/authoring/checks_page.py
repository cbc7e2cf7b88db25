"""The pairs of a broken file and what is said about it, and the page docs/checks.md that is made of them."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nurture.authoring.checking import check_path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "checks.md"
HOUSE = HERE / "house"
ERR = HERE / "err"
HEAD = """# Checks

What `nurture validate` finds, one by one: the input, what it says, and why. Every pair is a test
(`tests/authoring/err`), and this page is made of them: `python -m tests.authoring.checks_page` writes it anew.

All mistakes of all files come at once, sorted by place. A warning does not fail the check. Exit code 0: nothing fails;
1: something does.
"""


@dataclass(frozen=True)
class Pair:
    """A broken file: its name here, its text without the lines about it, where it would be kept, and why it matters."""

    name: str
    text: str
    file: str
    why: str

    @property
    def out(self) -> Path:
        """The file with what must be said about it."""
        return ERR / f"{self.name}.out"


def pairs() -> list[Pair]:
    """Return all pairs by name."""
    return [read_pair(path) for path in sorted(ERR.glob("*.yaml"))]


def read_pair(path: Path) -> Pair:
    """Read a pair; its last two lines say where the file would be kept and why it is refused."""
    text, _, tail = path.read_text().rpartition("# file: ")
    file, _, why = tail.partition("\n# why: ")
    return Pair(path.stem, text, file.strip(), why.strip())


def said_about(pair: Pair, root: Path) -> str:
    """Return what a check says about the pair's file in a copy of the house at `root`."""
    shutil.copytree(HOUSE, root, dirs_exist_ok=True)
    (root / pair.file).write_text(pair.text)
    return f"{check_path([root / pair.file], root)}\n"


def page() -> str:
    """Return docs/checks.md."""
    return "\n".join([HEAD, *(_section(pair) for pair in pairs())])


def _section(pair: Pair) -> str:
    title = pair.name.replace("_", " ").capitalize()
    return f"## {title}\n\n{pair.why}\n\n```yaml\n{pair.text}```\n\n```text\n{pair.out.read_text()}```\n"


def main() -> None:
    """Write every `.out` and the page; read the difference before you commit it."""
    for pair in pairs():
        with TemporaryDirectory() as folder:
            pair.out.write_text(said_about(pair, Path(folder) / "house"))
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
    sys.stdout.write(f"{len(pairs())} checks\n")


if __name__ == "__main__":
    main()

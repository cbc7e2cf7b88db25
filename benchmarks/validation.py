"""How long `nurture validate` takes for a thousand sequences, against only parsing their YAML."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.children import Child
from benchmarks.rows import ROOT, Ask, Benchmark, Budget, Row
from nurture.authoring.checking import check_path

NAME = "validate"
BUDGET = Budget("value", at_most=10)


def run(ask: Ask) -> list[Row]:
    """Check copies of the shipped sequences under new ids, then only parse them; each in a process of its own."""
    count = ask.pick(1_000, 100, 8)
    with tempfile.TemporaryDirectory(prefix="nurture-bench-") as folder:
        root = Path(folder)
        size = library(root, count)
        ask.say(f"{NAME}: {count} sequences")
        wall, cpu, problems = asyncio.run(_asked("check", root))
        _, parse, _ = asyncio.run(_asked("parse", root))
    inputs = (
        f"{count} sequences, {size / 1e6:.1f} MB, made of the shipped ones, with their policies and templates; "
        f"{problems:.0f} problems found; CPU time of all processes together ({wall:.2g} s on the wall); "
        f"baseline: ruamel.yaml's plain safe load of the same files"
    )
    return [Row(NAME, cpu, "s", parse, BUDGET, inputs)]


def library(root: Path, count: int) -> int:
    """Fill `root` with `count` sequences and everything they name; return the size of the sequences in bytes."""
    for folder in ("policies", "templates"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "sequences").mkdir()
    shutil.copy(ROOT / "sequences" / "personas.yaml", root / "sequences")
    shipped = sorted(path for path in (ROOT / "sequences").glob("*.yaml") if _is_sequence(path))
    size = 0
    for number in range(count):
        source = shipped[number % len(shipped)]
        copy = number // len(shipped)
        text = source.read_text(encoding="utf-8")
        if copy:
            text = text.replace(f"sequence: {source.stem}\n", f"sequence: {source.stem}-{copy}\n", 1)
        (root / "sequences" / f"{source.stem}{f'-{copy}' if copy else ''}.yaml").write_text(text, encoding="utf-8")
        size += len(text.encode())
    return size


def _is_sequence(path: Path) -> bool:
    return path.name != "personas.yaml" and ".test." not in path.name


async def _asked(what: str, root: Path) -> tuple[float, float, float]:
    async with Child("benchmarks.validation", [what, str(root)]) as child:
        wall, cpu, problems = map(float, child.first.split())
    return wall, cpu, problems


def _parse(root: Path) -> int:
    yaml = YAML(typ="safe", pure=True)
    for path in sorted((root / "sequences").glob("*.yaml")):
        yaml.load(path.read_text(encoding="utf-8"))
    return 0


def _cpu() -> float:
    """Seconds of CPU of this process and of the children it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _main(what: str, root: Path) -> None:
    began, cpu = time.perf_counter(), _cpu()
    problems = len(check_path([root / "sequences"], root).problems) if what == "check" else _parse(root)
    print(time.perf_counter() - began, _cpu() - cpu, problems, flush=True)


BENCHMARK = Benchmark((NAME,), "How long a thousand sequences take to check.", run)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))

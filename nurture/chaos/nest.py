"""The nest: a process that has imported everything, and forks workers and web apps: up in a second, not in ten.

It is a program (`python -m nurture.chaos.nest MODULE …` imports these first). Each line on stdin is an order, a JSON
object with `module`, `env`, `cwd` and `log`; each line on stdout tells of a birth (`born`: pid) or a death (`ended`:
pid, `code`: negative for a signal). When stdin ends it ends, and takes with it whatever it brought forth.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from nurture.chaos import nemesis
from nurture.local.process import die_with_parent


def main(modules: list[str]) -> None:
    """Carry out orders until there are no more."""
    for module in modules:
        importlib.import_module(module)
    gc.freeze()
    alive: set[int] = set()
    orders, deaths = open(0, "rb", buffering=0, closefd=False), _deaths()  # noqa: SIM115 -- stdin is not ours to close
    with selectors.DefaultSelector() as waiting:
        waiting.register(orders, selectors.EVENT_READ)
        waiting.register(deaths, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in waiting.select()}
            if deaths in ready:
                deaths.recv(1_024)
                alive -= _report_deaths()
            if orders in ready:
                line = orders.readline()
                if not line:
                    break
                alive.add(_fork(json.loads(line)))
    for pid in alive:
        os.kill(pid, signal.SIGTERM)


def _deaths() -> socket.socket:
    """Return what becomes readable whenever a child dies."""
    near, far = socket.socketpair()
    far.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(far.detach())
    return near


def _report_deaths() -> set[int]:
    dead: set[int] = set()
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return dead
        if not pid:
            return dead
        dead.add(pid)
        _say(ended=pid, code=os.waitstatus_to_exitcode(status))


def _fork(order: Mapping[str, Any]) -> int:
    pid = os.fork()
    if not pid:
        _live(order)
    _say(born=pid)
    return pid


def _live(order: Mapping[str, Any]) -> NoReturn:
    """Become the ordered process."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        die_with_parent()
        _redirect(Path(order["log"]))
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        sys.argv = [order["module"]]
        if folder := os.environ.get(nemesis.ORDERS):
            nemesis.install(Path(folder))
        runpy.run_module(order["module"], run_name="__main__")
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(bool(left.code))
    except BaseException:  # noqa: BLE001 -- whatever it was, the log has it, and the nest's own life is not to go on here
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _redirect(log: Path) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)


def _say(**words: int) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

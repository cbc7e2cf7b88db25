"""Every cell there is, in the order of the matrix."""

from __future__ import annotations

from nurture.chaos.cell import Cell
from nurture.chaos.cells import (
    backup,
    clocks,
    codes,
    crowds,
    disk,
    floods,
    hostile,
    kills,
    ledger,
    longer,
    mail,
    outage,
    pace,
    poison,
    rebuild,
    seasons,
    server,
    sessions,
    signatures,
    stops,
    texts,
    tls,
)

ALL: tuple[Cell, ...] = (
    *kills.cells(),
    *longer.cells(),
    *server.cells(),
    *rebuild.cells(),
    *disk.cells(),
    *ledger.cells(),
    *backup.cells(),
    *mail.cells(),
    *tls.cells(),
    *texts.cells(),
    *sessions.cells(),
    *codes.cells(),
    *signatures.cells(),
    *stops.cells(),
    *floods.cells(),
    *crowds.cells(),
    *hostile.cells(),
    *clocks.cells(),
    *outage.cells(),
    *seasons.cells(),
    *pace.cells(),
    *poison.cells(),
)

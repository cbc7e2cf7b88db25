"""Every cell there is, in the order of the matrix."""

from __future__ import annotations

from nurture.chaos.cell import Cell
from nurture.chaos.cells import (
    backup,
    clocks,
    codes,
    defects,
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
    releases,
    seasons,
    server,
    sessions,
    signatures,
    stops,
    texts,
)

ALL: tuple[Cell, ...] = (
    *kills.cells(),
    *longer.cells(),
    *server.cells(),
    *rebuild.cells(),
    *releases.cells(),
    *disk.cells(),
    *ledger.cells(),
    *backup.cells(),
    *mail.cells(),
    *texts.cells(),
    *sessions.cells(),
    *codes.cells(),
    *signatures.cells(),
    *stops.cells(),
    *floods.cells(),
    *hostile.cells(),
    *clocks.cells(),
    *outage.cells(),
    *seasons.cells(),
    *pace.cells(),
    *poison.cells(),
    *defects.cells(),
)

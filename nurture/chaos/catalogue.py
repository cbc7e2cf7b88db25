"""Every cell there is, in the order of the matrix."""

from __future__ import annotations

from nurture.chaos.cell import Cell
from nurture.chaos.cells import clocks, kills, longer, mail, outage, poison, server, stops, texts

ALL: tuple[Cell, ...] = (
    *kills.cells(),
    *longer.cells(),
    *server.cells(),
    *mail.cells(),
    *texts.cells(),
    *stops.cells(),
    *clocks.cells(),
    *outage.cells(),
    *poison.cells(),
)

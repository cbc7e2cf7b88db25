"""Charts as SVG, drawn by the server: no script, readable by a screen reader, the same bytes for the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 960, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 12, 34
_STRIP_WIDTH, _STRIP_HEIGHT = 360, 40


def stacked_bars(series: Mapping[str, Sequence[int]], labels: Sequence[str], title: str, about: str) -> str:
    """Return bars of one day each, the series stacked in their order; `labels` name the days ("" draws no tick).

    Each bar is coloured by the CSS variable `--<series>` and tells its numbers when pointed at.
    """
    days = len(labels)
    totals = [sum(values[day] for values in series.values()) for day in range(days)]
    top = nice_top(max(totals, default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, days)
    bars = "".join(_stack(series, day, step, top, labels[day]) for day in range(days))
    ticks = "".join(_tick(day, step, labels[day]) for day in _ticks(days))
    return _svg(WIDTH, HEIGHT, title, about, f"{_grid(top)}{bars}{ticks}")


def load_strip(days: Sequence[int], limits: Sequence[int], title: str, about: str) -> str:
    """Return a small chart of one mailbox: its load day by day under the line of its limit; full days stand out."""
    top = max([*days, *limits, 1]) * 1.08
    step = _STRIP_WIDTH / max(1, len(days))
    bars = "".join(
        f'<rect class="{"full" if 0 < limit <= count else "load"}" x="{_n(number * step)}" '
        f'y="{_n(_STRIP_HEIGHT * (1 - count / top))}" width="{_n(step * 0.82)}" '
        f'height="{_n(_STRIP_HEIGHT * count / top)}"/>'
        for number, (count, limit) in enumerate(zip(days, limits, strict=True))
        if count
    )
    body = f"{bars}{_limit_line(limits, step, top)}"
    return _svg(_STRIP_WIDTH, _STRIP_HEIGHT, title, about, body, ' preserveAspectRatio="none"')


def bar(*parts: tuple[float, str]) -> str:
    """Return one horizontal bar: (share of its place from 0 to 1, colour) one after the other. Its numbers are text."""
    fills = "".join(
        f'<span style="width:{100 * min(1.0, share):.1f}%;background:var(--{colour})"></span>'
        for share, colour in parts
        if share > 0
    )
    return f'<span class="track">{fills}</span>'


def nice_top(most: float) -> float:
    """Return the end of an axis: 1, 2, 2.5 or 5 times a power of ten times four, at or above `most`."""
    if most <= 4:
        return 4
    power = 10.0 ** math.floor(math.log10(most / 4))
    return next(4 * factor * power for factor in (1, 2, 2.5, 5, 10) if 4 * factor * power >= most)


def _stack(series: Mapping[str, Sequence[int]], day: int, step: float, top: float, label: str) -> str:
    room, rects, base = HEIGHT - _TOP - _BOTTOM, "", float(HEIGHT - _BOTTOM)
    parts = [(name, values[day]) for name, values in series.items() if values[day]]
    if not parts:
        return ""
    for name, count in parts:
        height = room * count / top
        base -= height
        rects += (
            f'<rect x="{_n(_LEFT + day * step + step * 0.09)}" y="{_n(base)}" width="{_n(step * 0.82)}" '
            f'height="{_n(max(height - 0.6, 0.4))}" style="fill:var(--{escape(name)})"/>'
        )
    told = ", ".join(f"{count:,} {name}" for name, count in parts)
    return f"<g><title>{escape(label)}: {escape(told)}</title>{rects}</g>"


def _grid(top: float) -> str:
    lines = ""
    for quarter in range(5):
        y = HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * quarter / 4
        value = f"{top * quarter / 4:,.0f}"
        lines += f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{_n(y)}" y2="{_n(y)}"/>'
        lines += f'<text class="axis" x="{_LEFT - 8}" y="{_n(y + 4)}" text-anchor="end">{value}</text>'
    return lines


def _ticks(days: int) -> list[int]:
    """Return the days that get a label: every week, or every so many weeks that at most a dozen fit."""
    weeks = max(1, math.ceil(days / 7 / 12))
    return list(range(0, days, 7 * weeks))


def _tick(day: int, step: float, label: str) -> str:
    x, y = _n(_LEFT + (day + 0.5) * step), HEIGHT - _BOTTOM
    mark = f'<line class="tick" x1="{x}" x2="{x}" y1="{y}" y2="{y + 5}"/>'
    return f'{mark}<text class="axis" x="{x}" y="{y + 20}" text-anchor="middle">{escape(label)}</text>'


def _limit_line(limits: Sequence[int], step: float, top: float) -> str:
    if not any(limits):
        return ""
    points = [
        f"{_n(x)},{_n(_STRIP_HEIGHT * (1 - limit / top))}"
        for number, limit in enumerate(limits)
        for x in (number * step, (number + 1) * step)
    ]
    return f'<polyline class="limit" points="{" ".join(points)}"/>'


def _svg(width: int, height: int, title: str, about: str, body: str, more: str = "") -> str:
    return (
        f'<svg role="img" viewBox="0 0 {width} {height}"{more} aria-label="{escape(f"{title}. {about}", quote=True)}">'
        f"<title>{escape(title)}</title><desc>{escape(about)}</desc>{body}</svg>"
    )


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")

"""A simulation as one self-contained HTML page: touches, load, stages, steps and reasons, in light and dark."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from nurture.trying.chart_style import STYLE
from nurture.trying.charts import bar, load_strip, stacked_bars
from nurture.trying.simulated import Load, Rung, Simulated


def chart_page(done: Simulated, seed: int) -> str:
    """Return the page; the same simulation gives the same bytes. It runs no script and loads nothing."""
    title = f"Simulation: {', '.join(done.sequences)}"
    span = f"{done.date_of(0):%d %b %Y} to {done.date_of(done.days - 1):%d %b %Y}"
    about = f"{done.leads:,} leads over {done.days} days, {span} · {done.crowd} · seed {seed}"
    parts = [_tiles(done), _touches(done), _pair(_stages(done), _reasons(done))]
    parts += [_funnel(done, sequence) for sequence in done.walked()]
    parts += [_mailboxes(done), _reps(done)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header><div><h1>{escape(title)}</h1><p>{escape(about)}</p></div></header>"
        f"<main>{''.join(parts)}<footer>People are made up, chances are guesses: read the shape, not the last digit. "
        "The planner, the calendars, the caps and the mailboxes are the real ones.</footer></main></body></html>\n"
    )


def _tiles(done: Simulated) -> str:
    tally = done.tally
    replies = {name.partition(" ")[2]: n for name, n in tally.answers.items() if name.startswith("replied")}
    offers, touched, sent = tally.handoffs, len(tally.touched), sum(tally.touches.values())
    starved, refused = sum(tally.starved.values()), sum(tally.refused.values())
    tiles = [
        ("Touches", f"{sent:,}", f"{sent / max(1, touched):.1f} for each of {touched:,} people"),
        ("Replies", f"{sum(replies.values()):,}", f"{replies.get('interested', 0):,} of them interested"),
        ("Hand-offs", f"{offers['created']:,}", f"{offers['accepted']:,} accepted, {offers['late']:,} late"),
        ("Opt-outs", f"{tally.answers['opted_out']:,}", f"and {tally.answers['complained']:,} called it spam"),
        ("Bounces", f"{tally.answers['bounced']:,}", "addresses that died"),
        ("Heard nothing", f"{starved:,}", f"{refused:,} were not let in" if refused else "and all were let in"),
    ]
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{number}<small>{escape(more)}</small></dd></div>" for name, number, more in tiles
    )
    return f'<dl class="tiles">{cells}</dl>'


def _touches(done: Simulated) -> str:
    series = done.touches()
    labels = [f"{done.date_of(day):%d %b}" for day in range(done.days)]
    totals = {channel: sum(days) for channel, days in series.items()}
    told = ", ".join(f"{count:,} by {channel}" for channel, count in totals.items()) or "nothing went out"
    legend = "".join(
        f'<li><i style="background:var(--{channel})"></i>{channel} <b>{count:,}</b></li>'
        for channel, count in totals.items()
    )
    chart = stacked_bars(series, labels, "Touches per day, by channel", told)
    return _section(
        "Touches per day", "Every message, call and task, by channel.", f'<ul class="legend">{legend}</ul>{chart}'
    )


def _stages(done: Simulated) -> str:
    most = max((count for _, count in done.stages()), default=1)
    rows = "".join(
        f'<tr><td class="step">{escape(stage)}</td><td class="wide">{bar((count / most, "bar"))}</td>'
        f'<td class="n">{count:,}</td><td class="n"><small>{count / max(1, done.leads):.1%}</small></td></tr>'
        for stage, count in done.stages()
    )
    head = _head(("Stage", ""), ("", ""), ("People", "n"), ("Share", "n"))
    return _section(
        "Where they stand at the end", "The stage of every lead on the last day.", f"<table>{head}{rows}</table>"
    )


def _reasons(done: Simulated) -> str:
    rows = "".join(
        f'<tr><td class="{"what warn" if what == "starved" else "what"}">{what}</td><td>{escape(why)}</td>'
        f'<td class="n">{count:,}</td></tr>'
        for what, why, count in done.why_not()[:10]
    )
    empty = '<tr><td colspan="3">Everything went out in its own time.</td></tr>'
    head = _head(("What", ""), ("Why", ""), ("How often", "n"))
    about = "Touches that were late or left out, people who were not let in, and people who never heard from us."
    return _section("Who waits, who starves, and why", about, f"<table>{head}{rows or empty}</table>")


def _funnel(done: Simulated, sequence: str) -> str:
    entered = done.tally.entered[sequence]
    rows = "".join(_rung(rung, max(entered, 1)) for rung in done.funnel(sequence))
    head = _head(("Step", ""), ("By", ""), ("", ""), ("Times", "n"), ("Of those who entered", "n"), ("Passed over", ""))
    title = done.world.book.sequences[done.world.current[sequence]].title
    about = f"{title}: {entered:,} entered. A step that is asked again counts again."
    return _section(f"The way through {sequence}", about, f"<table>{head}{rows}</table>")


def _rung(rung: Rung, entered: int) -> str:
    why = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in rung.skipped)
    named = len(rung.ways) > 1
    tags = "".join(
        f'<span class="tag" style="color:var(--{way})">{way}{f" {count:,}" if named else ""}</span>'
        for way, count in rung.ways
    )
    bars = bar(*((count / entered, way) for way, count in rung.ways))
    return (
        f'<tr><td class="step">{escape(rung.step)}</td>'
        f'<td>{tags}</td><td style="width:30%">{bars}</td><td class="n">{rung.count:,}</td>'
        f'<td class="n">{rung.count / entered:.0%}</td><td><small>{escape(why)}</small></td></tr>'
    )


def _mailboxes(done: Simulated) -> str:
    about = "Each mailbox and number by its own date. The dashed line is what it may send that day; red days were full."
    rows = "".join(_load(load, f"{load.busiest:,} of {load.limit:,}", _full(load)) for load in done.mailboxes())
    head = _head(("Who", ""), ("Day by day", ""), ("Total", "n"), ("Busiest day", "n"), ("Days full", "n"))
    return _section("Load on mailboxes and numbers", about, f"<table>{head}{rows}</table>") if rows else ""


def _reps(done: Simulated) -> str:
    rows = "".join(_load(load, f"{load.busiest:,}", None) for load in done.reps())
    head = _head(("Who", ""), ("Day by day", ""), ("Total", "n"), ("Busiest day", "n"))
    about = "Hand-offs and tasks by the day they came in. The pool is whoever takes it."
    return _section("Work for reps", about, f"<table>{head}{rows}</table>") if rows else ""


def _full(load: Load) -> str:
    return f'<span class="warn">{load.full}</span>' if load.full else "0"


def _load(load: Load, busiest: str, full: str | None) -> str:
    told = f"{load.total:,} in all, {busiest} on the busiest day"
    strip = load_strip(load.days, load.limits, f"Load of {load.name}", told)
    last = f'<td class="n">{full}</td>' if full is not None else ""
    return (
        f'<tr><td class="step">{escape(load.name)}</td><td class="strip">{strip}</td>'
        f'<td class="n">{load.total:,}</td><td class="n">{busiest}</td>{last}</tr>'
    )


def _pair(*sections: str) -> str:
    return f'<div class="pair">{"".join(sections)}</div>'


def _section(title: str, about: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p>{escape(about)}</p>{body}</section>"


def _head(*columns: tuple[str, str]) -> str:
    cells: Iterable[str] = (
        f'<th scope="col"{f" class={kind}" if kind else ""}>{escape(name)}</th>' for name, kind in columns
    )
    return f"<tr>{''.join(cells)}</tr>"

"""The preview as one self-contained HTML page: a lead's calendar, and beside it every message as it arrives."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from html import escape
from zoneinfo import ZoneInfo

from nurture.authoring.markdown import to_html
from nurture.authoring.preview import Planned, Shown
from nurture.authoring.preview_style import COLOURS, QUIET, STYLE
from nurture.authoring.sms_segments import segments
from nurture.domain.messages import Email, Sms, WhatsApp

_WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def preview_page(
    plan: Sequence[Planned],
    messages: Sequence[Shown | None],
    *,
    title: str = "Preview",
    lead: str = "",
    timezone: str = "UTC",
) -> str:
    """Return one HTML page for a plan and its rendered messages, step by step (None where nothing is said).

    Times are shown in `timezone` (IANA). The page needs no script and loads nothing but what the mails themselves show.
    """
    zone = ZoneInfo(timezone)
    steps = list(zip(plan, [*messages, *[None] * (len(plan) - len(messages))], strict=True))
    articles = "".join(_article(number, step, shown, zone) for number, (step, shown) in enumerate(steps))
    who = f"{escape(lead)} · " if lead else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<header class="top"><h1>{escape(title)}</h1>'
        f"<p>{who}{_span(plan, zone)} · times in {escape(timezone)}</p></header>"
        f'<div class="columns"><nav aria-label="Calendar">{_months(plan, zone)}{_days(plan, zone)}</nav>'
        f"<main>{articles}</main></div></body></html>\n"
    )


def _span(plan: Sequence[Planned], zone: tzinfo) -> str:
    days = [step.at.astimezone(zone) for step in plan if step.at]
    if not days:
        return "nothing is planned"
    first, last = days[0], days[-1]
    said = sum(step.channel != "" for step in plan if step.at)
    return f"{said} touches in {(last.date() - first.date()).days + 1} days"


def _months(plan: Sequence[Planned], zone: tzinfo) -> str:
    by_day: dict[date, tuple[int, Planned]] = {}
    for number, step in enumerate(plan):
        if step.channel and step.at:
            by_day.setdefault(step.at.astimezone(zone).date(), (number, step))
    months = dict.fromkeys((day.year, day.month) for day in sorted(by_day))
    return "".join(_month(year, month, by_day) for year, month in months)


def _month(year: int, month: int, by_day: dict[date, tuple[int, Planned]]) -> str:
    head = "".join(f"<th>{day}</th>" for day in _WEEK)
    weeks = Calendar().monthdatescalendar(year, month)
    rows = "".join(f"<tr>{''.join(_day(day, month, by_day) for day in week)}</tr>" for week in weeks)
    name = date(year, month, 1).strftime("%B %Y")
    return f'<section class="month"><h2>{name}</h2><table><tr>{head}</tr>{rows}</table></section>'


def _day(day: date, month: int, by_day: dict[date, tuple[int, Planned]]) -> str:
    if day.month != month:
        return "<td></td>"
    if day not in by_day:
        return f'<td class="{"off" if day.weekday() > 4 else "on"}">{day.day}</td>'
    number, step = by_day[day]
    about = escape(f"{step.step}: {step.channel}", quote=True)
    return f'<td><a href="#step-{number}" style="background:{_colour(step)}" title="{about}">{day.day}</a></td>'


def _days(plan: Sequence[Planned], zone: tzinfo) -> str:
    items = "".join(
        f'<li style="--dot:{_colour(step)}">{_time(step.at, zone)}'
        f'<a href="#step-{number}">{escape(step.step)}</a><small>{escape(_what(step))}</small></li>'
        for number, step in enumerate(plan)
    )
    return f'<ol class="days">{items}</ol>'


def _article(number: int, step: Planned, shown: Shown | None, zone: tzinfo) -> str:
    tags = f'<span class="tag">{escape(str(step.channel) or "step")}</span>'
    for fact in (step.template, step.variant):
        tags += f'<span class="tag plain">{escape(fact)}</span>' if fact else ""
    why = f" · {escape(step.why)}" if step.why else ""
    return (
        f'<article id="step-{number}" style="--dot:{_colour(step)}"><h2>{escape(step.step)} {tags}</h2>'
        f'<p class="why">{_when(step.at, zone)}{why}</p>{_body(shown) if shown else ""}</article>'
    )


def _body(shown: Shown) -> str:
    if shown.trouble:
        return f'<p class="trouble">{escape(shown.trouble)}</p>'
    match shown.message:
        case Email() as mail:
            return _mail(mail, shown)
        case Sms() as sms:
            return _phone("sms", sms.sender, sms.body, str(segments(sms.body)))
        case WhatsApp() as message:
            sid = f"approved template {message.content_sid}" if message.content_sid else "inside a session"
            return _phone("whatsapp", message.sender, shown.text or message.body, sid)
    return f'<div class="script"><h3>{escape(shown.title)}</h3>{to_html(shown.text)}</div>'


def _mail(mail: Email, shown: Shown) -> str:
    # The frame has no rights at all: not even a template of ours may run or load a page from a preview.
    frame = f'<iframe sandbox="" title="{escape(mail.subject)}" srcdoc="{escape(mail.html)}"></iframe>'
    return (
        f'<div class="mail"><dl><dt>From</dt><dd>{escape(mail.sender_name)} &lt;{escape(mail.sender)}&gt;</dd>'
        f"<dt>To</dt><dd>{escape(mail.to)}</dd>"
        f'<dt>Subject</dt><dd class="subject">{_subjects(mail, shown)}</dd></dl>{frame}'
        f"<details><summary>Plain text</summary><pre>{escape(mail.text)}</pre></details>"
        f"<details><summary>Headers</summary><pre>{_headers(mail)}</pre></details></div>"
    )


def _subjects(mail: Email, shown: Shown) -> str:
    if len(shown.subjects) < 2:
        return escape(mail.subject)
    rows = "".join(f"<li><b>{escape(name)}</b> {escape(text)}</li>" for name, text in shown.subjects.items())
    return f'<ul class="subjects">{rows}</ul>'


def _headers(mail: Email) -> str:
    lines = {
        "Message-ID": mail.message_id,
        "Reply-To": mail.reply_to,
        "Return-Path": mail.envelope_from,
        **mail.headers,
    }
    return "\n".join(f"{name}: {escape(value)}" for name, value in lines.items() if value)


def _phone(kind: str, sender: str, body: str, meta: str) -> str:
    return (
        f'<div class="phone {kind}"><div class="from">{escape(sender)}</div><div class="bubble">{escape(body)}</div>'
        f'<p class="meta">{escape(meta)}</p></div>'
    )


def _time(at: datetime | None, zone: tzinfo) -> str:
    return f'<time datetime="{at.isoformat()}">{_when(at, zone)}</time>' if at else f"<time>{_when(at, zone)}</time>"


def _when(at: datetime | None, zone: tzinfo) -> str:
    if at is None:
        return "On another way"
    return at.astimezone(zone).strftime("%a %d %b %Y, %H:%M")


def _what(step: Planned) -> str:
    return " · ".join(part for part in (str(step.channel), step.template, step.variant) if part) or step.why


def _colour(step: Planned) -> str:
    return COLOURS.get(str(step.channel), QUIET)

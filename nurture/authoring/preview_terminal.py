"""The preview in a terminal: the plan as a table, each message in a panel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nurture.authoring.preview import Planned, Shown
from nurture.authoring.preview_style import COLOURS, QUIET
from nurture.authoring.sms_segments import segments
from nurture.domain.messages import Email, Sms, WhatsApp


def preview_terminal(
    plan: Sequence[Planned], messages: Sequence[Shown | None], *, title: str = "Preview", timezone: str = "UTC"
) -> RenderableType:
    """Return what `rich` prints for a plan and its rendered messages; times in `timezone` (IANA).

    Everything from a template or a lead is shown as plain text: square brackets in a name are no markup.
    """
    zone = ZoneInfo(timezone)
    shown = [
        panel for step, message in zip(plan, messages, strict=False) if message for panel in [_panel(step, message)]
    ]
    return Group(_calendar(plan, zone, title), *shown)


def _calendar(plan: Sequence[Planned], zone: tzinfo, title: str) -> Table:
    table = Table(title=Text(title), title_justify="left", expand=True)
    for column in ("Day", "When", "Step", "Channel", "Template", "Why"):
        table.add_column(column, overflow="fold")
    days = [step.at.astimezone(zone).date() for step in plan if step.at]
    for step in plan:
        at = step.at.astimezone(zone) if step.at else None
        day, when = (str((at.date() - days[0]).days + 1), at.strftime("%a %d %b %H:%M")) if at else ("", "another way")
        words = (day, when, step.step, str(step.channel), _template(step), step.why)
        table.add_row(*[Text(word, style=_colour(step) if word == str(step.channel) else "") for word in words])
    return table


def _panel(step: Planned, shown: Shown) -> Panel:
    head = Text(f"{step.step} · {step.channel}" if step.channel else step.step, style="bold")
    colour = "red" if shown.trouble else _colour(step)
    return Panel(_inside(shown), title=head, title_align="left", border_style=colour)


def _inside(shown: Shown) -> RenderableType:
    if shown.trouble:
        return Text(shown.trouble, style="red")
    match shown.message:
        case Email() as mail:
            names = shown.subjects if len(shown.subjects) > 1 else {"Subject": mail.subject}
            head = [f"From     {mail.sender_name} <{mail.sender}>", f"To       {mail.to}"]
            head += [f"{name:<8} {subject}" for name, subject in names.items()]
            return Group(Text("\n".join(head), style="dim"), Text(f"\n{mail.text.strip()}"))
        case Sms() as sms:
            return Group(Text(sms.body), Text(f"\n{segments(sms.body)}", style="dim"))
        case WhatsApp() as message:
            return Group(Text(shown.text or message.body), Text(f"\n{message.content_sid}", style="dim"))
    return Group(Text(shown.title, style="bold"), Markdown(shown.text))


def _template(step: Planned) -> str:
    return " · ".join(part for part in (step.template, step.variant) if part)


def _colour(step: Planned) -> str:
    return COLOURS.get(str(step.channel), QUIET)

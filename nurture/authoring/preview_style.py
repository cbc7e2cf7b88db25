"""The look of the preview page: one style sheet, no scripts, no remote files."""

from __future__ import annotations

STYLE = """
:root { --ink: #14213d; --soft: #5b6478; --line: #dfe3ea; --paper: #ffffff; --ground: #eef1f5; --accent: #0f766e; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header.top { padding: 26px 36px 20px; background: var(--ink); color: #fff; }
header.top h1 { margin: 0; font-size: 22px; letter-spacing: -0.01em; }
header.top p { margin: 4px 0 0; color: #b9c2d3; }
.columns { display: grid; grid-template-columns: 340px minmax(0, 1fr); gap: 28px; max-width: 1280px; margin: 0 auto; padding: 28px 36px 60px; }
nav { position: sticky; top: 20px; align-self: start; max-height: calc(100vh - 40px); overflow: auto; }
.month { margin-bottom: 18px; padding: 14px; border-radius: 12px; background: var(--paper); border: 1px solid var(--line); }
.month h2 { margin: 0 0 8px; font-size: 14px; }
.month table { width: 100%; border-collapse: collapse; font-size: 12px; text-align: center; table-layout: fixed; }
.month th { padding: 2px 0 6px; color: var(--soft); font-weight: 500; }
.month td { padding: 4px 0; color: var(--soft); }
.month td a { display: block; margin: 0 2px; padding: 2px 0; border-radius: 7px; color: #fff; font-weight: 600; text-decoration: none; }
.month td.off { background: #f6f7f9; }
ol.days { margin: 0 0 0 7px; padding: 0; list-style: none; border-left: 2px solid var(--line); }
ol.days li { position: relative; margin: 0 0 14px 0; padding-left: 18px; }
ol.days li::before { content: ""; position: absolute; left: -6px; top: 7px; width: 10px; height: 10px; border-radius: 50%; background: var(--dot, #9aa3b2); }
ol.days time { display: block; color: var(--soft); font-size: 12px; }
ol.days a { color: var(--ink); font-weight: 600; text-decoration: none; }
ol.days small { display: block; color: var(--soft); }
article { margin-bottom: 30px; scroll-margin-top: 20px; }
article > h2 { display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; margin: 0 0 4px; font-size: 18px; }
.tag { padding: 1px 9px; border-radius: 20px; background: var(--dot, #9aa3b2); color: #fff; font-size: 12px; font-weight: 600; }
.tag.plain { background: #fff; color: var(--soft); border: 1px solid var(--line); font-weight: 500; }
article > p.why { margin: 0 0 12px; color: var(--soft); font-size: 13px; }
.mail { border: 1px solid var(--line); border-radius: 12px; overflow: hidden; background: var(--paper); box-shadow: 0 1px 3px rgba(20, 33, 61, 0.07); }
.mail dl { display: grid; grid-template-columns: 76px 1fr; row-gap: 3px; margin: 0; padding: 14px 18px; border-bottom: 1px solid var(--line); font-size: 13px; }
.mail dt { color: var(--soft); }
.mail dd { margin: 0; overflow-wrap: anywhere; }
.mail dd.subject { font-weight: 600; font-size: 15px; }
.mail iframe { display: block; width: 100%; height: 620px; border: 0; background: #f3f4f6; }
details { border-top: 1px solid var(--line); }
summary { padding: 10px 18px; color: var(--soft); font-size: 13px; cursor: pointer; }
pre { margin: 0; padding: 0 18px 16px; white-space: pre-wrap; overflow-wrap: anywhere; font: 12.5px/1.55 ui-monospace, "DejaVu Sans Mono", Menlo, monospace; }
.phone { width: 340px; padding: 46px 14px 34px; border: 9px solid #1c2333; border-radius: 40px; background: #fff; min-height: 300px; }
.phone .from { margin-bottom: 14px; padding-bottom: 8px; border-bottom: 1px solid var(--line); text-align: center; color: var(--soft); font-size: 13px; }
.bubble { max-width: 270px; padding: 10px 13px; border-radius: 18px 18px 18px 5px; background: #e9ebef; white-space: pre-wrap; overflow-wrap: anywhere; }
.phone.whatsapp { background: #efe7dd; }
.phone.whatsapp .bubble { background: #fff; border-radius: 3px 12px 12px 12px; box-shadow: 0 1px 1px rgba(0, 0, 0, 0.13); }
.meta { margin: 8px 4px 0; color: var(--soft); font-size: 12px; }
.script { padding: 6px 22px 14px; border: 1px solid var(--line); border-left: 4px solid var(--dot, #9aa3b2); border-radius: 10px; background: var(--paper); }
.script h3 { margin: 12px 0 4px; font-size: 16px; }
.trouble { padding: 12px 18px; border-radius: 10px; background: #fdecec; border: 1px solid #f3b8b8; color: #8f1d1d; }
ul.subjects { margin: 0; padding: 0; list-style: none; }
ul.subjects b { display: inline-block; min-width: 86px; color: var(--soft); font-weight: 500; font-size: 12px; }
@media (max-width: 900px) { .columns { grid-template-columns: 1fr; padding: 18px; } nav { position: static; max-height: none; } }
@media print { nav { position: static; max-height: none; } body { background: #fff; } }
"""  # noqa: E501  # a style sheet reads best one rule a line

COLOURS = {
    "email": "#0f766e",
    "sms": "#2563eb",
    "whatsapp": "#15803d",
    "call": "#b45309",
    "task": "#7c3aed",
    "handoff": "#be123c",
}
"""One colour a channel, the same in calendar, timeline and messages."""
QUIET = "#9aa3b2"

"""The look of the simulation page: one style sheet for light and dark, no scripts, no remote files."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #14213d; --soft: #5b6478; --line: #dfe3ea; --paper: #ffffff; --ground: #eef1f5; --head: #14213d; --track: #e9edf2;
  --email: #0f766e; --sms: #2563eb; --whatsapp: #65a30d; --call: #d97706; --task: #7c3aed; --action: #be123c; --bar: #0f766e; --full: #dc2626; --load: #7c93b5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf2; --soft: #9aa5b8; --line: #2b3446; --paper: #161d2b; --ground: #0d121c; --head: #0a0f18; --track: #242d3e;
  --email: #2dd4bf; --sms: #60a5fa; --whatsapp: #a3e635; --call: #fbbf24; --task: #a78bfa; --action: #fb7185; --bar: #2dd4bf; --full: #f87171; --load: #5d7599; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header { background: var(--head); color: #fff; }
header > div, main { max-width: 1120px; margin: 0 auto; padding: 0 32px; }
header > div { padding-top: 28px; padding-bottom: 76px; }
h1 { margin: 0; font-size: 24px; letter-spacing: -0.01em; }
header p { margin: 4px 0 0; color: #b9c2d3; }
main { margin-top: -50px; padding-bottom: 60px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; margin: 0 0 22px; }
.tiles div { padding: 14px 18px; border-radius: 12px; background: var(--paper); border: 1px solid var(--line); box-shadow: 0 2px 8px rgba(10, 15, 24, 0.08); }
.tiles dt { color: var(--soft); font-size: 13px; }
.tiles dd { margin: 0; font-size: 26px; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; color: var(--soft); font-size: 12.5px; font-weight: 400; letter-spacing: 0; }
section { margin-bottom: 22px; padding: 20px 24px 22px; border-radius: 14px; background: var(--paper); border: 1px solid var(--line); }
h2 { margin: 0 0 4px; font-size: 17px; }
section > p { margin: 0 0 14px; color: var(--soft); font-size: 13.5px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 22px; }
.pair section { min-width: 0; }
svg { display: block; width: 100%; height: auto; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .tick { stroke: var(--soft); stroke-width: 1; }
svg .axis { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
svg g:hover rect { opacity: 0.75; }
svg .load { fill: var(--load); } svg .full { fill: var(--full); }
svg .limit { fill: none; stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 4 3; opacity: 0.65; vector-effect: non-scaling-stroke; }
ul.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 0 0 10px; padding: 0; list-style: none; font-size: 13.5px; }
ul.legend i { display: inline-block; width: 11px; height: 11px; margin-right: 7px; border-radius: 3px; }
ul.legend b { font-weight: 600; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { padding: 4px 14px 6px 0; color: var(--soft); font-size: 12.5px; font-weight: 500; text-align: left; border-bottom: 1px solid var(--line); }
td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
tr:last-child td { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.wide { width: 42%; } td.strip { width: 40%; } td.strip svg { height: 34px; }
td small { color: var(--soft); font-size: 12.5px; }
td.step { white-space: nowrap; font-weight: 550; }
.track { display: flex; height: 12px; border-radius: 4px; background: var(--track); overflow: hidden; }
.track span { height: 100%; min-width: 1px; }
.tag { display: inline-block; padding: 0 8px; border-radius: 20px; border: 1px solid currentColor; font-size: 12px; font-weight: 600; }
td.what { white-space: nowrap; }
.tag + .tag { margin-left: 4px; }
.warn { color: var(--full); font-weight: 600; }
footer { color: var(--soft); font-size: 13px; }
@media (max-width: 860px) { .pair { grid-template-columns: 1fr; gap: 0; } header > div, main { padding-left: 16px; padding-right: 16px; } section { padding: 16px; overflow-x: auto; } }
@media print { body { background: #fff; } section, .tiles div { break-inside: avoid; box-shadow: none; } }
"""  # noqa: E501  # a style sheet reads best one rule a line

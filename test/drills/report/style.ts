/** The page's style sheet: colours by the reader's preference, one column on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f6f3; --card: #fff; --ink: #1b1d22; --quiet: #636a76; --rule: #e3e3dd;
  --good: #14804a; --bad: #c0302b; --doubt: #a66300; --shade: #b4532a14; --calm: #14804a1f;
  --orders: #2a68d4; --median: #0b8a80; --slowest: #d07311; --outbox: #7353cf; --queue: #bf3b76;
  --process: #2a68d4; --postgres: #7353cf; --redis: #d2453c; --gateway: #c58609; --network: #0b8a80; --everything: #3c424d; }
@media (prefers-color-scheme: dark) { :root { --page: #111316; --card: #191c21; --ink: #e8eaee; --quiet: #9aa3b0; --rule: #2c3138;
  --good: #4cc788; --bad: #ff7a70; --doubt: #e9aa46; --shade: #ff9a5a17; --calm: #4cc78829;
  --orders: #6ea1ff; --median: #43c9bd; --slowest: #f2a24c; --outbox: #ab92f5; --queue: #ee7fae;
  --process: #6ea1ff; --postgres: #ab92f5; --redis: #ff7a70; --gateway: #e6b347; --network: #43c9bd; --everything: #c3c9d3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
  -webkit-text-size-adjust: 100%; }
main { max-width: 1172px; margin: 0 auto; padding: 28px 16px 64px; }
h1 { font-size: clamp(23px, 4.6vw, 33px); line-height: 1.15; letter-spacing: -.015em; margin: 0 0 6px; text-wrap: balance; }
h2 { font-size: 17px; margin: 34px 0 10px; }
h2 small { font-weight: 400; font-size: 14px; color: var(--quiet); margin-left: 8px; }
p { margin: 0 0 8px; }
code, pre { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
header { border-left: 5px solid var(--quiet); padding: 2px 0 2px 18px; margin-bottom: 22px; }
header.holds { border-color: var(--good); } header.broken { border-color: var(--bad); } header.vacuous { border-color: var(--doubt); }
.holds h1, .ok { color: var(--good); } .broken h1, .no { color: var(--bad); } .vacuous h1, .weak { color: var(--doubt); }
.lead { font-size: 17px; }
.facts { color: var(--quiet); display: flex; flex-wrap: wrap; gap: 2px 20px; margin: 8px 0 0; }
.facts code { color: var(--ink); user-select: all; overflow-wrap: anywhere; }
.reasons { margin: 8px 0 0; padding-left: 20px; color: var(--doubt); }
.card, .figures { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
.card { padding: 16px; overflow: hidden; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); overflow: hidden; margin: 0; }
.figures div { padding: 11px 14px 10px; box-shadow: 0 0 0 .5px var(--rule); }
.figures dt { color: var(--quiet); font-size: 13px; line-height: 1.3; }
.figures dd { margin: 0; font-size: 22px; font-weight: 620; font-variant-numeric: tabular-nums; letter-spacing: -.01em; line-height: 1.3; }
.figures dd small { font-size: 13px; font-weight: 400; color: var(--quiet); letter-spacing: 0; display: block; }
.track { display: flex; max-width: 100%; }
.gutter { flex: none; border-right: 1px solid var(--rule); }
.scroll { overflow-x: auto; flex: 1; min-width: 0; scrollbar-width: thin; }
.plot { display: block; touch-action: pan-x pan-y; }
svg text { font-size: 11.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg .strong { font-weight: 620; fill: var(--ink); font-size: 12px; }
svg .row { fill: var(--ink); }
svg .tick, svg .row { text-anchor: end; } svg .row { font-size: 11px; }
.grid { stroke: var(--rule); } .lane { stroke: var(--rule); stroke-dasharray: 1 4; }
.shade { fill: var(--shade); } .calm { fill: var(--calm); } svg .calm-text { fill: var(--good); }
.mark { stroke: var(--good); stroke-dasharray: 4 3; } svg .mark-text { fill: var(--good); }
.cursor { stroke: var(--ink); stroke-opacity: .55; pointer-events: none; }
.line { fill: none; stroke-width: 1.4; stroke-linejoin: round; } .area { opacity: .16; }
.line.orders { stroke: var(--orders); } .area.orders, .dot.orders { fill: var(--orders); }
.line.median { stroke: var(--median); } .dot.median { fill: var(--median); }
.line.slowest { stroke: var(--slowest); } .dot.slowest { fill: var(--slowest); }
.line.outbox { stroke: var(--outbox); } .area.outbox, .dot.outbox { fill: var(--outbox); }
.line.queue { stroke: var(--queue); } .area.queue, .dot.queue { fill: var(--queue); }
.band { fill-opacity: .88; }
.band:hover { fill-opacity: 1; stroke: var(--ink); }
.process { fill: var(--process); background: var(--process); } .postgres { fill: var(--postgres); background: var(--postgres); }
.redis { fill: var(--redis); background: var(--redis); } .gateway { fill: var(--gateway); background: var(--gateway); }
.network { fill: var(--network); background: var(--network); } .everything { fill: var(--everything); background: var(--everything); }
.band.missed { fill: var(--card); stroke: var(--quiet); stroke-dasharray: 2 2; }
.readout { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 10px 0 0; font-size: 13px; color: var(--quiet); min-height: 21px; }
.key { background: none; display: inline-flex; align-items: center; gap: 6px; }
.key::before { content: ""; width: 14px; height: 9px; border-radius: 2px; background: var(--quiet); }
${['process', 'postgres', 'redis', 'gateway', 'network', 'everything']
  .map((kind) => `.key.${kind}::before { background: var(--${kind}); }`)
  .join('\n')}
.key.process, .key.postgres, .key.redis, .key.gateway, .key.network, .key.everything { background: none; }
.key.missed::before { background: none; border: 1px dashed var(--quiet); }
.values { color: var(--ink); font-variant-numeric: tabular-nums; margin-left: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--quiet); font-size: 13px; padding: 0 14px 6px 0; }
td { border-top: 1px solid var(--rule); padding: 7px 14px 7px 0; vertical-align: top; }
th.n, td.n { text-align: right; white-space: nowrap; }
td:last-child, th:last-child { padding-right: 0; }
td.state { white-space: nowrap; font-weight: 620; }
td.name { font-weight: 560; }
.log td { font-size: 13.5px; padding-top: 5px; padding-bottom: 5px; }
.log td.name, .log td.target { white-space: nowrap; }
summary { cursor: pointer; padding: 3px 0; }
details + details { border-top: 1px solid var(--rule); margin-top: 6px; padding-top: 6px; }
pre { overflow-x: auto; background: var(--page); border: 1px solid var(--rule); border-radius: 7px; padding: 10px 12px; margin: 8px 0; }
.quiet { color: var(--quiet); }
footer { margin-top: 34px; color: var(--quiet); font-size: 13px; }
@media (max-width: 680px) {
  main { padding: 20px 12px 48px; } .card { padding: 12px; } .figures { grid-template-columns: 1fr 1fr; }
  .values { margin-left: 0; width: 100%; }
  .log thead { display: none; } .log, .log tbody { display: block; }
  .log tr { display: flex; flex-wrap: wrap; gap: 0 10px; border-top: 1px solid var(--rule); padding: 7px 0; }
  .log td { border: 0; padding: 0; } .log td.name { flex: 1 0 55%; } .log td.detail { flex: 1 0 100%; color: var(--quiet); }
  .log td[data-label]::before { content: attr(data-label) " "; color: var(--quiet); }
}`;

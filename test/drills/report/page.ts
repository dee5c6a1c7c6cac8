import { createHash } from 'node:crypto';
import type { Evidence } from '../evidence.js';
import type { Verdict } from '../verdict.js';
import type { Figures } from './figures.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';
import { busyList, exitList, faultTable, invariantTable, violationStories } from './tables.js';
import { count, duration, escaped, plural } from './text.js';
import { drawTimeline } from './timeline-drawing.js';
import type { Timeline } from './timeline.js';

export interface Report {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly figures: Figures;
  readonly timeline: Timeline;
}

/** One self-contained page, with a content security policy that forbids anything else. */
export function renderHtml({ evidence, verdict, figures, timeline }: Report): string {
  const { faults, exits, rest } = evidence;
  const { title, className } = headline(verdict);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}">
<title>${escaped(title)} – fault drill ${evidence.run.seed}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header class="${className}">${head(evidence, verdict, figures)}</header>
<dl class="figures">${figureList(figures)}</dl>
${violationStories(verdict)}${busyList(rest)}${exitList(exits)}
<h2>Timeline <small>shaded: a fault is active</small></h2>
<div class="card">${drawTimeline(evidence, timeline)}</div>
<h2>Invariants</h2>
<div class="card">${invariantTable(verdict)}</div>
<h2>Faults <small>${plural(figures.faultKinds, 'kind')}, ${plural(faults.length, 'strike')}</small></h2>
<div class="card">${faultTable(evidence)}</div>
<footer>Times are minutes and seconds since the start. A gap in a line: no value could be read.
The drill’s own event loop was delayed by at most ${duration(figures.ownLagMs)}.</footer>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The verdict in one line. */
export function headline({ holds, invariants, vacuous }: Verdict): { title: string; className: string } {
  const broken = invariants.filter(({ violations }) => violations.length > 0);
  if (broken.length > 0) {
    const names = broken.map(({ number, name }) => `${number} (${name})`).join(', ');
    return {
      title: `Broken: ${broken.length > 1 ? 'invariants' : 'invariant'} ${names}`,
      className: 'broken',
    };
  }
  if (vacuous.length > 0) {
    return { title: 'Nothing was broken, but the run shows too little', className: 'vacuous' };
  }
  return holds
    ? { title: 'Every invariant held', className: 'holds' }
    : { title: 'The run failed', className: 'broken' };
}

function head({ run }: Evidence, verdict: Verdict, figures: Figures): string {
  const checks = verdict.invariants.reduce((sum, invariant) => sum + invariant.checks, 0);
  const command = run.command ?? `npm run faults -- --seed ${run.seed}`;
  const reasons = verdict.vacuous.map((reason) => `<li>${escaped(reason)}</li>`);
  const startedAt = `${run.startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  return `<h1>${escaped(headline(verdict).title)}</h1>
<p class="lead">${plural(figures.orders, 'order')} under ${plural(figures.faults, 'fault')} of ${plural(figures.faultKinds, 'kind')},
checked by ${plural(checks, 'check')} of ${plural(verdict.invariants.length, 'invariant')}.</p>
${reasons.length > 0 ? `<ul class="reasons">${reasons.join('')}</ul>` : ''}
<p class="facts"><span>seed <code>${run.seed}</code></span><span>repeat with <code>${escaped(command)}</code></span>
<span>${escaped(startedAt)}</span><span>took ${duration(figures.durationMs)}</span></p>`;
}

function figureList(figures: Figures): string {
  const settled = `${count(figures.doubtsSettled)} <small>of ${count(figures.doubts)}</small>`;
  const list: readonly (readonly [string, string])[] = [
    ['orders accepted', count(figures.orders)],
    ['customers', count(figures.customers)],
    ['calls', count(figures.calls)],
    ['retries', count(figures.retries)],
    ['replays', count(figures.replays)],
    ['unknown outcomes settled', settled],
    ['captures', count(figures.captures)],
    ['refunds', count(figures.refunds)],
    ['declined', count(figures.declined)],
    ['cancelled', count(figures.cancels)],
    ['dead letters', count(figures.deadLetters)],
    ['subscriptions', `${count(figures.subscriptions)} <small>${count(figures.resumes)} resumed</small>`],
    ['events received', count(figures.frames)],
    [
      'median answer',
      `${duration(figures.medianMs)} <small>99th percentile ${duration(figures.slowestPercentMs)}</small>`,
    ],
    ['time to rest', `${duration(figures.restMs)} <small>after the last fault</small>`],
    ['duration', duration(figures.durationMs)],
  ];
  return list.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('\n');
}

import type { Evidence, UnexpectedExit } from '../evidence.js';
import type { InvariantVerdict, Verdict } from '../verdict.js';
import { clock, count, duration, escaped, plural } from './text.js';

/** How many violations of an invariant are shown; a thousand of them are usually one defect. */
const STORIES = 5;
const STORY_LINES = 80;

export function invariantTable({ invariants }: Verdict): string {
  const rows = invariants.map(({ number, name, checks, violations }) => {
    const state =
      violations.length > 0
        ? `<td class="state no">BROKEN ×${count(violations.length)}</td>`
        : `<td class="state ${checks > 0 ? 'ok' : 'weak'}">${checks > 0 ? '✓ holds' : 'not checked'}</td>`;
    return `<tr><td class="n">${number}</td><td class="name">${escaped(name)}</td><td class="n">${count(checks)}</td>${state}</tr>`;
  });
  return `<table><thead><tr><th class="n">#</th><th>invariant</th><th class="n">checks</th><th>verdict</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
}

/** One line for each fault, under a short summary. */
export function faultTable({ faults, run }: Evidence): string {
  const rows = [...faults]
    .sort((a, b) => a.from - b.from)
    .map(({ name, target, from, until, struck, detail }) => {
      const times = struck === 0 ? '<span class="weak">never</span>' : `×${count(struck)}`;
      return `<tr><td class="name">${escaped(name)}</td><td class="target">${escaped(target)}</td><td class="n" data-label="at">${clock(from)}</td>
<td class="n" data-label="for">${duration(until - from)}</td><td class="n" data-label="struck">${times}</td><td class="detail">${escaped(detail)}</td></tr>`;
    });
  const struck = new Set(faults.filter((fault) => fault.struck > 0).map(({ name }) => name));
  const missing = run.faults.filter((name) => !struck.has(name));
  const gap =
    missing.length === 0
      ? ''
      : `<p class="weak">Never struck: ${missing.map((name) => escaped(name)).join(', ')}</p>`;
  return `${gap}<details${faults.length > 24 ? '' : ' open'}><summary>${plural(faults.length, 'strike')}, one a line</summary>
<table class="log"><thead><tr><th>fault</th><th>target</th><th class="n">at</th><th class="n">for</th><th class="n">struck</th><th>what happened</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></details>`;
}

export function violationStories({ invariants }: Verdict): string {
  return invariants
    .filter(({ violations }) => violations.length > 0)
    .map(storiesOf)
    .join('\n');
}

function storiesOf({ number, name, violations }: InvariantVerdict): string {
  const stories = violations.slice(0, STORIES).map(({ what, story }, index) => {
    const lines = story.slice(0, STORY_LINES).map((line) => escaped(line));
    if (story.length > STORY_LINES) lines.push(`… and ${plural(story.length - STORY_LINES, 'line')} more`);
    return `<details${index === 0 ? ' open' : ''}><summary>${escaped(what)}</summary><pre>${lines.join('\n')}</pre></details>`;
  });
  const more = violations.length - stories.length;
  return `<h2 class="no">Invariant ${number} is broken <small>${escaped(name)}, ${plural(violations.length, 'violation')}</small></h2>
<div class="card">${stories.join('\n')}${more > 0 ? `<p class="quiet">… and ${plural(more, 'more violation')}; report.json has more of them.</p>` : ''}</div>`;
}

export function exitList(exits: readonly UnexpectedExit[]): string {
  if (exits.length === 0) return '';
  const items = exits.map(({ at, process, code, signal, ready, lastLines }) => {
    const how = signal === null ? `with status ${code ?? 'unknown'}` : `by ${escaped(signal)}`;
    const when = ready ? '' : ' while it was starting';
    const lines = lastLines.map((line) => escaped(line)).join('\n');
    return `<details open><summary><b>${escaped(process)}</b> ended ${how}${when} at ${clock(at)}</summary><pre>${lines}</pre></details>`;
  });
  return `<h2 class="no">Unexpected exits <small>processes that ended without being killed</small></h2><div class="card">${items.join('\n')}</div>`;
}

/** What was not at rest in time. */
export function busyList({ busy, at }: Evidence['rest']): string {
  if (at !== null) return '';
  const lines = busy.map(({ orderId, status }) => `${escaped(orderId)}  ${escaped(status)}`);
  return `<h2 class="no">Not at rest in time</h2><div class="card"><pre>${lines.join('\n')}</pre></div>`;
}

import type { Evidence } from '../evidence.js';
import { GUTTER_WIDTH, PLOT_WIDTH, round, type TimeAxis, timeAxis, timeTicks } from './axis.js';
import { drawBands, KINDS } from './bands.js';
import { drawPlots } from './plots.js';
import { clock, escaped, plural, scriptJson } from './text.js';
import { merged, type Timeline } from './timeline.js';

const TOP = 44;
const BETWEEN = 44;
const BOTTOM = 24;
/** A mark's text is put to its left if there is no room to its right. */
const MARK_TEXT = 90;

/** Everything over one time axis. The gutter stays in view where the rest is scrolled. */
export function drawTimeline(evidence: Evidence, timeline: Timeline): string {
  const axis = timeAxis(timeline.endMs);
  const plots = drawPlots(timeline, axis, TOP);
  const bandsTop = TOP + plots.height + BETWEEN;
  const bands = drawBands(evidence.faults, axis, bandsTop);
  const bottom = bandsTop + bands.height;
  const height = bottom + BOTTOM;
  const gutter = `<svg class="gutter" width="${GUTTER_WIDTH}" height="${height}" aria-hidden="true">${plots.gutter}
<text class="strong" x="0" y="${bandsTop - 16}">faults</text>${bands.gutter}</svg>`;
  const plot = `<svg class="plot" width="${PLOT_WIDTH}" height="${height}" role="img" aria-label="${escaped(summary(evidence))}">
${shades(evidence, axis, TOP, bottom)}${drawTicks(timeline.endMs, axis, bandsTop - 22, bottom)}
${plots.plot}${bands.plot}${marks(evidence, axis, bottom)}
<line class="cursor" x1="0" x2="0" y1="${TOP}" y2="${bottom}" visibility="hidden"/></svg>`;
  return `<div class="timeline"><div class="track">${gutter}<div class="scroll">${plot}</div></div></div>
<p class="readout" aria-hidden="true">${legend()}</p>
<script type="application/json" id="timeline">${scriptJson({ ...timeline, right: axis(timeline.endMs) })}</script>`;
}

function summary({ faults, run }: Evidence): string {
  return `Throughput, latency, backlog and ${plural(faults.length, 'fault')} over ${clock(run.healedAt)} minutes`;
}

/** The background: calm windows and windows with faults. */
function shades({ faults, run }: Evidence, axis: TimeAxis, top: number, bottom: number): string {
  const shade = (name: string) => (span: { from: number; until: number }) => {
    const x = axis(span.from);
    const width = round(Math.max(1, axis(span.until) - x));
    return `<rect class="${name}" x="${x}" y="${top}" width="${width}" height="${bottom - top}"/>`;
  };
  return [...merged(run.calm).map(shade('calm')), ...merged(faults).map(shade('shade'))].join('');
}

function drawTicks(endMs: number, axis: TimeAxis, middle: number, bottom: number): string {
  return timeTicks(endMs)
    .map((tick) => {
      const x = axis(tick);
      const anchor = tick === 0 ? 'start' : 'middle';
      const text = (y: number) =>
        `<text class="time" x="${x}" y="${y}" text-anchor="${anchor}">${clock(tick)}</text>`;
      return `<line class="grid" x1="${x}" x2="${x}" y1="${TOP}" y2="${bottom}"/>${text(middle)}${text(bottom + 16)}`;
    })
    .join('');
}

function marks({ run, rest }: Evidence, axis: TimeAxis, bottom: number): string {
  const [calm] = run.calm;
  const mark = (at: number, text: string, row: number) => {
    const x = axis(at);
    const isLeft = x > PLOT_WIDTH - MARK_TEXT;
    const anchor = `x="${isLeft ? x - 5 : x + 5}" text-anchor="${isLeft ? 'end' : 'start'}"`;
    return (
      `<line class="mark" x1="${x}" x2="${x}" y1="${row}" y2="${bottom}"/>` +
      `<text class="mark-text" ${anchor} y="${row + 8}">${text}</text>`
    );
  };
  return [
    calm === undefined ? '' : `<text class="calm-text" x="${axis(calm.from) + 5}" y="${TOP - 6}">calm</text>`,
    mark(run.healedAt, 'all healed', 2),
    rest.at === null ? '' : mark(rest.at, 'at rest', 16),
  ].join('');
}

function legend(): string {
  const dots = KINDS.map((kind) => `<span class="key ${kind}">${kind}</span>`);
  return `${dots.join('')}<span class="key missed">never struck</span><span class="values"></span>`;
}

import { linearScale, logScale, PLOT_WIDTH, round, type TimeAxis, type ValueScale } from './axis.js';
import { count, duration, escaped } from './text.js';
import type { Timeline } from './timeline.js';

interface Series {
  /** A class of the style sheet. */
  readonly name: string;
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly isFilled: boolean;
}

interface Plot {
  readonly title: string;
  readonly series: readonly Series[];
  readonly scale: ValueScale;
  readonly format: (value: number) => string;
}

/** Two drawings of the same height: the fixed part left of the time axis, and the part above it. */
export interface Drawing {
  readonly gutter: string;
  readonly plot: string;
  readonly height: number;
}

const HEIGHT = 76;
const GAP = 36;
const TEXT_X = 0;

export function drawPlots(timeline: Timeline, axis: TimeAxis, top: number): Drawing {
  const drawings = plotsOf(timeline).map((plot, index) =>
    drawPlot(plot, timeline.bucketMs, axis, top + index * (HEIGHT + GAP)),
  );
  return {
    gutter: drawings.map(({ gutter }) => gutter).join(''),
    plot: drawings.map(({ plot }) => plot).join(''),
    height: drawings.length * (HEIGHT + GAP) - GAP,
  };
}

function plotsOf(timeline: Timeline): readonly Plot[] {
  const { ordersPerSecond, medianMs, slowestPercentMs, outbox, queue } = timeline;
  const linear = (values: readonly (number | null)[]) => linearScale(Math.max(...values.map(orZero), 1));
  const known = [...medianMs, ...slowestPercentMs].filter((value) => value !== null);
  const one = (name: string, label: string, values: readonly (number | null)[]) => [
    { name, label, values, isFilled: true },
  ];
  return [
    {
      title: 'orders acknowledged',
      series: one('orders', 'a second', ordersPerSecond),
      scale: linear(ordersPerSecond),
      format: count,
    },
    {
      title: 'createOrder answers',
      series: [
        { name: 'slowest', label: '99th percentile', values: slowestPercentMs, isFilled: false },
        { name: 'median', label: 'median', values: medianMs, isFilled: false },
      ],
      scale: logScale(Math.min(...known, 10), Math.max(...known, 100)),
      format: duration,
    },
    {
      title: 'outbox backlog',
      series: one('outbox', 'messages', outbox),
      scale: linear(outbox),
      format: count,
    },
    { title: 'queue depth', series: one('queue', 'jobs', queue), scale: linear(queue), format: count },
  ];
}

function drawPlot(plot: Plot, bucketMs: number, axis: TimeAxis, top: number): Drawing {
  const y = (value: number) => round(top + HEIGHT - Math.min(1, plot.scale.place(value)) * HEIGHT);
  const ticks = plot.scale.ticks.map((tick) => ({ y: y(tick), text: plot.format(tick) }));
  const legend = plot.series.map(
    ({ name, label }, index) =>
      `<circle class="dot ${name}" cx="${TEXT_X + 4}" cy="${top + 10 + index * 17}" r="3.5"/>` +
      `<text class="quiet" x="${TEXT_X + 13}" y="${top + 14 + index * 17}">${escaped(label)}</text>`,
  );
  return {
    height: HEIGHT,
    gutter:
      `<text class="strong" x="${TEXT_X}" y="${top - 10}">${escaped(plot.title)}</text>${legend.join('')}` +
      ticks
        .map(({ y: at, text }) => `<text class="tick" x="160" y="${at + 3.5}">${escaped(text)}</text>`)
        .join(''),
    plot:
      ticks
        .map(({ y: at }) => `<line class="grid" x1="0" x2="${PLOT_WIDTH}" y1="${at}" y2="${at}"/>`)
        .join('') + plot.series.map((series) => drawSeries(series, bucketMs, axis, y)).join(''),
  };
}

/** One path for each stretch with values, with a gap where a value is null. */
function drawSeries(
  { name, values, isFilled }: Series,
  bucketMs: number,
  axis: TimeAxis,
  y: (value: number) => number,
): string {
  return stretches(values)
    .map((stretch) => {
      const points = stretch.map(({ index, value }) => ({ x: axis((index + 0.5) * bucketMs), y: y(value) }));
      const line = points.map((point) => `${point.x} ${point.y}`).join('L');
      const [first, last] = [points[0], points.at(-1)];
      if (first === undefined || last === undefined) return '';
      if (first === last) return `<circle class="dot ${name}" cx="${first.x}" cy="${first.y}" r="1.6"/>`;
      const area = `<path class="area ${name}" d="M${first.x} ${y(0)}L${line}L${last.x} ${y(0)}Z"/>`;
      return `${isFilled ? area : ''}<path class="line ${name}" d="M${line}"/>`;
    })
    .join('');
}

interface Point {
  readonly index: number;
  readonly value: number;
}

function stretches(values: readonly (number | null)[]): Point[][] {
  const found: Point[][] = [];
  let open: Point[] | undefined;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      open = undefined;
      continue;
    }
    if (open === undefined) found.push((open = []));
    open.push({ index, value });
  }
  return found;
}

function orZero(value: number | null): number {
  return value ?? 0;
}

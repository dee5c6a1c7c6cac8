import type { FaultEntry } from '../evidence.js';
import { PLOT_WIDTH, round, type TimeAxis } from './axis.js';
import type { Drawing } from './plots.js';
import { clock, duration, escaped } from './text.js';

const ROW = 16;
const BAND = 10;
/** Faults without a duration must still be visible. */
const SMALLEST = 3;
const LONGEST_NAME = 26;

export const KINDS = ['process', 'postgres', 'redis', 'gateway', 'network', 'everything'] as const;
type Kind = (typeof KINDS)[number];

/** A row for each fault, in the order of their first strikes. */
export function drawBands(faults: readonly FaultEntry[], axis: TimeAxis, top: number): Drawing {
  const rows = new Map<string, FaultEntry[]>();
  for (const fault of [...faults].sort((a, b) => a.from - b.from)) {
    rows.set(fault.name, [...(rows.get(fault.name) ?? []), fault]);
  }
  const lines = [...rows].map(([name, strikes], index) => {
    const y = top + index * ROW;
    const text = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
    return {
      gutter: `<text class="row" x="160" y="${y + 11.5}"><title>${escaped(name)}</title>${escaped(text)}</text>`,
      plot:
        `<line class="lane" x1="0" x2="${PLOT_WIDTH}" y1="${y + ROW / 2}" y2="${y + ROW / 2}"/>` +
        strikes.map((strike) => drawBand(strike, axis, y)).join(''),
    };
  });
  return {
    gutter: lines.map(({ gutter }) => gutter).join(''),
    plot: lines.map(({ plot }) => plot).join(''),
    height: lines.length * ROW,
  };
}

function drawBand(fault: FaultEntry, axis: TimeAxis, y: number): string {
  const { name, target, from, until, struck, detail } = fault;
  const x = axis(from);
  const width = round(Math.max(SMALLEST, axis(until) - x));
  const tip = `${name} · ${target} · at ${clock(from)} for ${duration(until - from)} · struck ${struck} · ${detail}`;
  const kind = struck === 0 ? 'missed' : kindOf(fault);
  return (
    `<rect class="band ${kind}" x="${x}" y="${y + (ROW - BAND) / 2}" width="${width}" height="${BAND}" rx="2">` +
    `<title>${escaped(tip)}</title></rect>`
  );
}

/** The kind of a fault by what it struck: a link, or a program at its ends. */
export function kindOf({ name, target }: Pick<FaultEntry, 'name' | 'target'>): Kind {
  if (/-link\b|-commit$/.test(name)) return 'network';
  if (/^(api|relay|worker)\b/.test(target)) return 'process';
  if (target.startsWith('postgres')) return 'postgres';
  if (target.startsWith('redis')) return 'redis';
  if (/^(sandbox|gateway)/.test(target)) return 'gateway';
  return 'everything';
}

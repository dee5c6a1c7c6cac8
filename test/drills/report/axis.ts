/** Positions in the timeline, in pixels. It is never scaled, so its text is readable on every screen. */
export const PLOT_WIDTH = 940;
export const GUTTER_WIDTH = 168;
/** Room for the last tick's text. */
const RIGHT = 16;

export type TimeAxis = (ms: number) => number;

export function timeAxis(endMs: number): TimeAxis {
  const width = PLOT_WIDTH - RIGHT;
  return (ms) => round((Math.min(Math.max(ms, 0), endMs) / Math.max(endMs, 1)) * width);
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200].map(
  (seconds) => seconds * 1_000,
);
const MOST_TICKS = 12;

export function timeTicks(endMs: number): number[] {
  const step = STEPS_MS.find((candidate) => endMs / candidate <= MOST_TICKS) ?? 86_400_000;
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step);
}

export interface ValueScale {
  readonly ticks: readonly number[];
  /** 0 at the bottom, 1 at the top. */
  place(value: number): number;
}

/** From 0 to a round number above the largest value. */
export function linearScale(largest: number): ValueScale {
  const power = 10 ** Math.floor(Math.log10(Math.max(largest, 1)));
  const top = power * ([1, 2, 4, 6, 8, 10].find((factor) => factor * power >= largest) ?? 10);
  const ticks = [0, top / 2, top].filter((tick) => Number.isInteger(tick));
  return { ticks, place: (value) => value / top };
}

/** From a power of ten to a power of ten. */
export function logScale(smallest: number, largest: number): ValueScale {
  const low = Math.floor(Math.log10(Math.max(smallest, 1)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(largest, 1))));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    place: (value) => Math.max(0, (Math.log10(Math.max(value, 1)) - low) / (high - low)),
  };
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

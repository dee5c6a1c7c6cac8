import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** libfaketime changes the time below Node; shift-clock changes JavaScript's Date only. */
export type ClockTool = 'libfaketime' | 'shift-clock';

/** How a Node process is started with a wrong clock. Its timers run at normal speed. */
export interface WrongClock {
  readonly tool: ClockTool;
  environment(shiftMs: number): Record<string, string>;
  /** Further parameters for node. */
  parameters(shiftMs: number): string[];
}

const LIBRARIES = '/usr/lib';
/** The first library is for programs with threads. */
const FAKETIME_FILES = ['faketime/libfaketimeMT.so.1', 'faketime/libfaketime.so.1'];

export function findWrongClock(): WrongClock {
  const library = findFaketime();
  if (library === undefined) return SHIFT_CLOCK;
  return {
    tool: 'libfaketime',
    environment: (shiftMs) =>
      shiftMs === 0
        ? {}
        : {
            LD_PRELOAD: library,
            FAKETIME: `${shiftMs < 0 ? '' : '+'}${shiftMs / 1_000}s`,
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
            // A killed process would leave it behind.
            FAKETIME_DISABLE_SHM: '1',
          },
    parameters: () => [],
  };
}

const SHIFT_CLOCK: WrongClock = {
  tool: 'shift-clock',
  environment: (shiftMs) => (shiftMs === 0 ? {} : { CLOCK_SHIFT_MS: String(shiftMs) }),
  parameters: (shiftMs) =>
    shiftMs === 0 ? [] : ['--import', pathToFileURL(resolve('test/support/shift-clock.js')).href],
};

function findFaketime(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined;
  return readdirSync(LIBRARIES)
    .flatMap((architecture) => FAKETIME_FILES.map((file) => join(LIBRARIES, architecture, file)))
    .find((file) => existsSync(file));
}

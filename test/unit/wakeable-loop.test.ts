import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { WakeableLoop } from '../../src/platform/wakeable-loop.js';

const INTERVAL_MS = 100;

describe('WakeableLoop', () => {
  let runs: number;
  let errors: unknown[];
  /** What the next runs return or throw; later ones return false. */
  let script: (boolean | Error)[];
  let hold: Promise<void> | undefined;
  let loop: WakeableLoop;

  beforeEach(() => {
    jest.useFakeTimers();
    runs = 0;
    errors = [];
    script = [];
    hold = undefined;
    loop = new WakeableLoop({
      run: async () => {
        runs += 1;
        const answer = script.shift() ?? false;
        await hold;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      intervalMs: INTERVAL_MS,
      onError: (error) => errors.push(error),
    });
  });

  afterEach(async () => {
    await stop();
    jest.useRealTimers();
  });

  async function pass(ms: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }

  async function stop(): Promise<void> {
    const stopped = loop.stop();
    await pass(0);
    await stopped;
  }

  /** Lets the next run hang until the returned function is called. */
  function holdRun(): () => void {
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      hold = undefined;
      release();
    };
  }

  test('runs at once, and then after each interval', async () => {
    loop.start();
    await pass(0);
    expect(runs).toBe(1);
    await pass(INTERVAL_MS - 1);
    expect(runs).toBe(1);
    await pass(1);
    expect(runs).toBe(2);
    await pass(3 * INTERVAL_MS);
    expect(runs).toBe(5);
  });

  test('runs again without a pause while there is more work', async () => {
    script = [true, true, true];
    loop.start();
    await pass(0);
    expect(runs).toBe(4);
  });

  test('runs when it is woken, and then waits a full interval', async () => {
    loop.start();
    await pass(INTERVAL_MS / 2);
    loop.wake();
    await pass(0);
    expect(runs).toBe(2);
    await pass(INTERVAL_MS - 1);
    expect(runs).toBe(2);
    await pass(1);
    expect(runs).toBe(3);
  });

  test('runs once for any number of wake-ups', async () => {
    loop.start();
    await pass(0);
    for (let count = 0; count < 100; count += 1) loop.wake();
    await pass(0);
    expect(runs).toBe(2);
  });

  test('runs once more if it is woken during a run', async () => {
    const release = holdRun();
    loop.start();
    await pass(0);
    loop.wake();
    loop.wake();
    expect(runs).toBe(1);
    release();
    await pass(0);
    expect(runs).toBe(2);
    await pass(INTERVAL_MS - 1);
    expect(runs).toBe(2);
  });

  test('never runs twice at once', async () => {
    const release = holdRun();
    loop.start();
    await pass(10 * INTERVAL_MS);
    loop.wake();
    await pass(10 * INTERVAL_MS);
    expect(runs).toBe(1);
    release();
  });

  test('reports each error and runs again after pauses that double up to a maximum', async () => {
    script = Array.from({ length: 6 }, (_, index) => new Error(`failure ${index}`));
    loop.start();
    await pass(0);
    for (const [index, intervals] of [1, 2, 4, 4, 4].entries()) {
      expect(runs).toBe(index + 1);
      await pass(intervals * INTERVAL_MS - 1);
      expect(runs).toBe(index + 1);
      await pass(1);
    }
    expect(runs).toBe(6);
    expect(errors.map((error) => (error as Error).message)).toEqual(
      Array.from({ length: 6 }, (_, index) => `failure ${index}`),
    );
  });

  test('returns to its interval after the first run that succeeds', async () => {
    script = [new Error('one'), new Error('two'), false, new Error('three')];
    loop.start();
    await pass(3 * INTERVAL_MS);
    expect(runs).toBe(3);
    await pass(INTERVAL_MS);
    expect(runs).toBe(4);
    await pass(INTERVAL_MS);
    expect(runs).toBe(5);
  });

  test('ignores wake-ups in the pause after an error', async () => {
    script = [new Error('one')];
    loop.start();
    await pass(0);
    loop.wake();
    await pass(INTERVAL_MS - 1);
    expect(runs).toBe(1);
    await pass(1);
    expect(runs).toBe(2);
  });

  test('when stopped, waits for the current run and starts no other', async () => {
    script = [true];
    const release = holdRun();
    loop.start();
    await pass(0);
    let stopped = false;
    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    await pass(10 * INTERVAL_MS);
    expect(stopped).toBe(false);
    release();
    await pass(0);
    await stopping;
    loop.wake();
    await pass(10 * INTERVAL_MS);
    expect(runs).toBe(1);
  });

  test.each<[string, (boolean | Error)[]]>([
    ['an ordinary pause', [false]],
    ['a pause after an error', [new Error('one')]],
  ])('stops at once during %s, and leaves no timer behind', async (_, answers) => {
    script = answers;
    loop.start();
    await pass(0);
    await stop();
    expect(jest.getTimerCount()).toBe(0);
    expect(runs).toBe(1);
  });

  test('can be stopped before it is started', async () => {
    await stop();
    expect(runs).toBe(0);
  });
});

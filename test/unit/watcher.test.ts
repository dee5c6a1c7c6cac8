import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Watcher } from '../../src/live/watcher.js';

/** Whether the promise has been fulfilled once everything that can run has run. */
async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await jest.advanceTimersByTimeAsync(0);
  return done;
}

describe('Watcher', () => {
  let watcher: Watcher;

  beforeEach(() => {
    jest.useFakeTimers();
    watcher = new Watcher('order', 3);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('waits until it hears of a newer version', async () => {
    const news = watcher.news();
    expect(await settled(news)).toBe(false);
    watcher.hear(4);
    expect(await settled(news)).toBe(true);
  });

  test('does not wake for versions that were sent', async () => {
    const news = watcher.news();
    watcher.hear(3);
    watcher.hear(1);
    expect(await settled(news)).toBe(false);
  });

  test('does not wait where it has heard of a newer version since the last look', async () => {
    watcher.look();
    watcher.hear(4);
    expect(await settled(watcher.news())).toBe(true);
  });

  test('forgets at a look what it heard before', async () => {
    watcher.hear(4);
    watcher.look();
    expect(await settled(watcher.news())).toBe(false);
  });

  test('can wait any number of times', async () => {
    for (let version = 4; version < 10; version += 1) {
      watcher.look();
      const news = watcher.news();
      expect(await settled(news)).toBe(false);
      watcher.hear(version);
      expect(await settled(news)).toBe(true);
      watcher.lastSent = version;
    }
  });

  test('ends its wait at the close, and never waits again', async () => {
    const news = watcher.news();
    watcher.close();
    expect(watcher.closed).toBe(true);
    expect(await settled(news)).toBe(true);
    expect(await settled(watcher.news())).toBe(true);
    expect(await settled(watcher.pause(1_000))).toBe(true);
  });

  test('pauses for the whole time, whatever it hears', async () => {
    const pause = watcher.pause(1_000);
    watcher.hear(4);
    await jest.advanceTimersByTimeAsync(999);
    expect(await settled(pause)).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await settled(pause)).toBe(true);
  });

  test('ends its pause at the close, and leaves no timer behind', async () => {
    const pause = watcher.pause(1_000);
    watcher.close();
    expect(await settled(pause)).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});

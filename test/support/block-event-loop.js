import { existsSync } from 'node:fs';

/**
 * For `node --import` in a test's process: a SIGUSR2 blocks its event loop for as long as the file in
 * BLOCK_EVENT_LOOP_FILE exists, as a long computation or a collapsed machine would.
 */
const file = process.env.BLOCK_EVENT_LOOP_FILE;
const POLL_MS = 20;
const cell = new Int32Array(new SharedArrayBuffer(4));

process.on('SIGUSR2', () => {
  while (existsSync(file)) Atomics.wait(cell, 0, 0, POLL_MS);
});

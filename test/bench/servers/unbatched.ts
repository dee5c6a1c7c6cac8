import { Batcher } from '../../../src/platform/database/batcher.js';

/** The whole server without group commit: one statement for each order. */
Batcher.prototype.submit = async function (this: Batcher<unknown, unknown>, request: unknown) {
  const [answer] = await this['run']([request]);
  return answer;
};
await import('../../../src/main.js');

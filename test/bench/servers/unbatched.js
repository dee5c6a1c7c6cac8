import { Batcher } from '../../../dist/platform/batcher.js';

/** The whole server, with a statement of its own for each order. */
Batcher.prototype.submit = async function (request) {
  const [answer] = await this.run([request]);
  return answer;
};
await import('../../../dist/main.js');

import { Random } from '../../support/random.js';
import { created, DrillEvidence, input } from './drill-evidence.js';
import type { Life } from './drill-lives.js';

/** Sound orders of many customers, drawn from a seed: some retried, some watched, with every outcome. */
export function manyOrders(
  count: number,
  lives: readonly Life[] = ['confirmed', 'confirmed', 'confirmed', 'declined', 'cancelled', 'returned'],
): DrillEvidence {
  const random = new Random(7);
  const drill = new DrillEvidence();
  for (let number = 0; number < count; number += 1) {
    const customer = `customer-${number % 50}`;
    const id = `order-${number}`;
    const order = input(`key-${number}`);
    const life = random.pick(lives);
    if (lives.length > 1 && random.chance(0.1)) {
      drill.call(`${id} in doubt`, customer, order, {
        type: 'info',
        error: { code: 'TIMEOUT', message: '' },
      });
    }
    drill.call(`${id} made`, customer, order, created(id, order.key));
    drill.order(id, customer, order, life);
    if (lives.length > 1 && random.chance(0.2)) {
      const afterVersion = random.integer(0, 2);
      const versions = drill.storedOrder(id).events.map(({ version }) => version);
      const sees = versions.slice(afterVersion);
      const how = drill.storedOrder(id).status === 'CANCELLED' ? 'complete' : 'left';
      drill.subscription(
        `${id} watched`,
        { customer, orderId: id, owner: customer, afterVersion, sees },
        { how },
      );
    }
  }
  return drill;
}

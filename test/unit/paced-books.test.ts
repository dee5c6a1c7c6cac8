import { describe, expect, test } from '@jest/globals';
import type { BookedPayment, GatewayBooks } from '../../src/payments/gateway-books.js';
import { GatewayUnavailableError } from '../../src/payments/payment-gateway.js';
import { PacedBooks } from '../../src/payments/reconcile/paced-books.js';

/** So long that no second request comes in a test. */
const NEVER_MS = 2_000_000_000;

function books(retrieve: (id: string) => Promise<BookedPayment>): GatewayBooks {
  const unused = () => Promise.reject(new Error('not asked for'));
  return { listPayments: unused, listChanged: unused, search: unused, assign: unused, retrieve };
}

const payment = (id: string) => ({ id }) as BookedPayment;

describe('paced books', () => {
  test('ask for one thing after another, and give each its own answer', async () => {
    const asked: string[] = [];
    let open = 0;
    const paced = new PacedBooks(
      books(async (id) => {
        asked.push(`${id} beside ${open}`);
        open += 1;
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        if (id === 'b') throw new Error('down');
        return payment(id);
      }),
      0,
    );
    const answers = await Promise.allSettled(['a', 'b', 'c'].map((id) => paced.retrieve(id)));
    expect(asked).toEqual(['a beside 0', 'b beside 0', 'c beside 0']);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('pause between two requests, and end the pause when they are stopped', async () => {
    const asked: string[] = [];
    const paced = new PacedBooks(
      books(async (id) => {
        asked.push(id);
        return payment(id);
      }),
      NEVER_MS,
    );
    await paced.retrieve('a');
    const waiting = [paced.retrieve('b'), paced.retrieve('c')];
    const outcomes = Promise.allSettled(waiting);
    await new Promise((resolve) => setImmediate(resolve));
    paced.stop();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(paced.retrieve('d')).rejects.toThrow();
    expect(asked).toEqual(['a']);
  });

  test('ask for nothing for as long as the gateway asks to wait, and say so', async () => {
    let asked = 0;
    const paced = new PacedBooks(
      books(async () => {
        asked += 1;
        throw new GatewayUnavailableError('429', { retryAfterMs: NEVER_MS });
      }),
      0,
    );
    await expect(paced.retrieve('a')).rejects.toThrow('429');
    const refused = await paced.retrieve('b').catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'the payment gateway asked to wait', isGlobal: true });
    expect(asked).toBe(1);
  });
});

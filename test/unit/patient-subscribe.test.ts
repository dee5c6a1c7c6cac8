import { beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema, type ExecutionArgs, type ExecutionResult, parse } from 'graphql';
import { patientSubscribe } from '../../src/api/patient-subscribe.js';
import { waitFor } from '../support/wait-for.js';

const PAUSE_MS = 5;
/** Nobody waits for its end. */
const LONG_PAUSE_MS = 2_000_000_000;
const schema = buildSchema(
  'type Query { none: Int } type Subscription { counted: Counted! } type Counted { n: Int! }',
);
const away = () => Object.assign(new Error('driver'), { code: '57P01' });

describe('patientSubscribe', () => {
  /** What reading an event's field throws next; afterwards it works. */
  let failures: Error[];
  let reads: number;
  let returned: boolean;

  beforeEach(() => {
    failures = [];
    reads = 0;
    returned = false;
  });

  async function* count() {
    try {
      for (let value = 1; value <= 3; value += 1) {
        const n = () => {
          reads += 1;
          const failure = failures.shift();
          if (failure !== undefined) throw failure;
          return value;
        };
        yield { counted: { n } };
      }
    } finally {
      returned = true;
    }
  }

  async function open(
    counted: () => unknown = count,
    pauseMs = PAUSE_MS,
  ): Promise<AsyncIterableIterator<ExecutionResult>> {
    const args: ExecutionArgs = {
      schema,
      document: parse('subscription { counted { n } }'),
      rootValue: { counted },
    };
    const results = await patientSubscribe(args, pauseMs);
    if (!('next' in results)) throw new Error('no iterator', { cause: results });
    return results;
  }

  const result = (n: number) => ({ done: false, value: { data: { counted: { n } } } });

  test("sends every event, and ends with the source's end", async () => {
    const results = await open();
    for (const n of [1, 2, 3]) expect(await results.next()).toEqual(result(n));
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test('reads an event again, after a pause, until the database is there', async () => {
    failures = [away(), away()];
    const results = await open();
    expect(await results.next()).toEqual(result(1));
    expect(reads).toBe(3);
    expect(await results.next()).toEqual(result(2));
    expect(reads).toBe(4);
  });

  test('sends any other error at once', async () => {
    failures = [new Error('a defect')];
    const results = await open();
    const { value } = (await results.next()) as { value: ExecutionResult };
    expect([value.data, value.errors?.map(({ message }) => message)]).toEqual([null, ['a defect']]);
    expect(await results.next()).toEqual(result(2));
  });

  test('ends at once where the subscriber leaves during a pause, and lets the source go', async () => {
    failures = [away()];
    const results = await open(count, LONG_PAUSE_MS);
    const next = results.next();
    await waitFor('the first read', () => reads === 1);
    await results.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(returned).toBe(true);
  });

  test('answers with the error of a subscription that can not begin', async () => {
    const args = { schema, document: parse('subscription { counted { n } }') };
    const rootValue = {
      counted: () => {
        throw new Error('refused');
      },
    };
    expect(await patientSubscribe({ ...args, rootValue }, PAUSE_MS)).toMatchObject({
      errors: [{ message: 'refused' }],
    });
  });
});

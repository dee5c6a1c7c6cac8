import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { ChildProgram } from '../support/child-program.js';
import {
  bankPageOf,
  cleanUp,
  Control,
  newDirectory,
  openSandbox,
  payment,
  stripeClient,
  waitingPayment,
} from '../support/sandbox.js';

const READY = /^payment sandbox ready on http:\/\/127\.0\.0\.1:(\d+)$/m;
const READY_TIMEOUT_MS = 10_000;

const programs: ChildProgram[] = [];

afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop('SIGKILL');
  await cleanUp();
});

/** Runs the sandbox as a process of its own. */
function run(environment: Record<string, string>): ChildProgram {
  const program = ChildProgram.node(['dist/dev/sandbox.js'], { env: { SANDBOX_PORT: '0', ...environment } });
  programs.push(program);
  return program;
}

async function portOf(sandbox: ChildProgram): Promise<number> {
  return Number((await sandbox.says(READY, READY_TIMEOUT_MS))[1]);
}

describe('a sandbox process', () => {
  test('loses nothing that it answered when it is killed under load', async () => {
    const directory = await newDirectory();
    const first = run({ SANDBOX_DATA_DIR: directory });
    const before = stripeClient(await portOf(first));
    const answered = new Map<string, Stripe.PaymentIntent>();
    const pay = async (worker: number): Promise<void> => {
      for (let turn = 0; ; turn += 1) {
        const name = `${worker}-${turn}`;
        const parameters = payment(name, { confirm: true });
        const intent = await before.paymentIntents
          .create(parameters, { idempotencyKey: name })
          .catch(() => undefined);
        if (intent === undefined) return;
        answered.set(name, intent);
        if (answered.size === 200) first.child.kill('SIGKILL');
      }
    };
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(pay));
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(answered.size).toBeGreaterThanOrEqual(200);

    const second = run({ SANDBOX_DATA_DIR: directory });
    const port = await portOf(second);
    const after = stripeClient(port);
    const { orders } = await new Control(`http://127.0.0.1:${port}`).ledger();
    const captured = new Map(orders.map((order) => [order.orderId, order]));
    for (const name of answered.keys()) {
      expect(captured.get(name)).toMatchObject({ captured: 1250, captures: 1 });
    }
    for (const [name, intent] of [...answered].slice(-20)) {
      const parameters = payment(name, { confirm: true });
      const replayed = await after.paymentIntents.create(parameters, { idempotencyKey: name });
      expect(replayed).toEqual(intent);
      expect(replayed.lastResponse.headers['idempotent-replayed']).toBe('true');
    }
    second.child.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0 });
  });

  test('that is killed still waits for customers afterwards, at its new address', async () => {
    const directory = await newDirectory();
    const first = run({ SANDBOX_DATA_DIR: directory });
    const before = stripeClient(await portOf(first));
    const waiting = await before.paymentIntents.create(waitingPayment());
    first.child.kill('SIGKILL');
    await first.ended;

    const second = run({ SANDBOX_DATA_DIR: directory });
    const port = await portOf(second);
    const { paymentIntents } = stripeClient(port);
    const kept = await paymentIntents.retrieve(waiting.id);
    expect(kept).toMatchObject({ status: 'requires_action', client_secret: waiting.client_secret });
    const page = new URL(bankPageOf(kept));
    expect(page.port).toBe(String(port));
    expect(page.search).toBe(new URL(bankPageOf(waiting)).search);
    await new Control(`http://127.0.0.1:${port}`).answerBank(waiting.id, 'succeeded');
    second.child.kill('SIGKILL');
    await second.ended;

    const third = stripeClient(await portOf(run({ SANDBOX_DATA_DIR: directory })));
    expect(await third.paymentIntents.retrieve(waiting.id)).toMatchObject({ status: 'succeeded' });
  });

  test('is the only one to use its directory', async () => {
    const directory = await newDirectory();
    const first = run({ SANDBOX_DATA_DIR: directory });
    await portOf(first);
    const second = run({ SANDBOX_DATA_DIR: directory });
    const { code } = await second.ended;
    expect(code).toBe(1);
    expect(second.stderr).toMatch(/^payment sandbox: another payment sandbox \(process \d+\) uses .*\n$/);
    first.child.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(first.stderr).toBe('');
    await expect(readFile(join(directory, 'sandbox.lock'))).rejects.toThrow('ENOENT');
  });

  test('names every invalid setting', async () => {
    const program = run({
      SANDBOX_PORT: '70000',
      SANDBOX_PUBLIC_URL: 'http://127.0.0.1:4010/path',
      SANDBOX_SECRET_KEY: 'sk_live_1',
      SANDBOX_WEBHOOK_URL: 'ftp://example.test',
      SANDBOX_WEBHOOK_CHAOS: '2',
      SANDBOX_LATENCY_MS: 'slow',
      SANDBOX_IDEMPOTENCY_TTL_MS: '-1',
      SANDBOX_SEARCH_DELAY_MS: '1s',
      SANDBOX_DATA_DIR: '',
    });
    expect((await program.ended).code).toBe(1);
    const named = program.stderr
      .trim()
      .split('\n')
      .map((line) => /SANDBOX_\w+/.exec(line)?.[0]);
    expect(named.sort()).toEqual([
      'SANDBOX_DATA_DIR',
      'SANDBOX_IDEMPOTENCY_TTL_MS',
      'SANDBOX_LATENCY_MS',
      'SANDBOX_PORT',
      'SANDBOX_PUBLIC_URL',
      'SANDBOX_SEARCH_DELAY_MS',
      'SANDBOX_SECRET_KEY',
      'SANDBOX_WEBHOOK_CHAOS',
      'SANDBOX_WEBHOOK_URL',
    ]);
  });
});

describe('the journal of the sandbox', () => {
  test('keeps everything across a compaction', async () => {
    const first = await openSandbox();
    const key = { idempotencyKey: 'key-1' };
    const { id } = await first.stripe.paymentIntents.create(payment('order-1'), key);
    const paid = await first.stripe.paymentIntents.confirm(id, {}, { idempotencyKey: 'key-2' });
    const refund = await first.stripe.refunds.create({ payment_intent: id, amount: 50 });
    const open = await first.stripe.paymentIntents.create(payment('order-2'));
    const ledger = await first.control.ledger();
    await first.running.close();
    const path = join(first.directory, 'journal.jsonl');
    const linesBefore = (await readFile(path, 'utf8')).split('\n').length;

    const log: string[] = [];
    const second = await openSandbox({
      dataDirectory: first.directory,
      compactBytes: 100,
      log: (line) => log.push(line),
    });
    expect(log).toEqual([expect.stringMatching(/compacted the journal/)]);
    expect(await second.control.ledger()).toEqual(ledger);
    expect(await second.stripe.paymentIntents.retrieve(id)).toEqual(paid);
    expect(await second.stripe.paymentIntents.confirm(id, {}, { idempotencyKey: 'key-2' })).toEqual(paid);
    expect(await second.stripe.refunds.retrieve(refund.id)).toEqual(refund);
    const listed = await second.stripe.paymentIntents.list();
    expect(listed.data.map((intent) => intent.id)).toEqual([open.id, id]);
    expect((await readFile(path, 'utf8')).split('\n').length).not.toBe(linesBefore);
  });

  test('of an earlier version, without the time of metadata and charges, is read', async () => {
    const first = await openSandbox();
    const { id, created } = await first.stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    await first.running.close();
    const path = join(first.directory, 'journal.jsonl');
    const text = await readFile(path, 'utf8');
    const earlier = text.replace(/"metadataChangedAt":\d+,/g, '').replace(/,"charge":\{.*?\}\}/g, '');
    expect(JSON.stringify(JSON.parse(earlier))).not.toMatch(/metadataChangedAt|"charge":/);
    await writeFile(path, earlier);

    const second = await openSandbox({ dataDirectory: first.directory, searchDelayMs: 0 });
    const query = "metadata['order_id']:'order-1'";
    const found = await second.stripe.paymentIntents.search({ query, expand: ['data.latest_charge'] });
    expect(found.data).toMatchObject([
      { id, latest_charge: { created, status: 'succeeded', metadata: { order_id: 'order-1' } } },
    ]);
  });

  test('drops a torn last line', async () => {
    const first = await openSandbox();
    const { id } = await first.stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    await first.running.close();
    await appendFile(join(first.directory, 'journal.jsonl'), '{"intent":{"id":"pi_to');

    const log: string[] = [];
    const second = await openSandbox({ dataDirectory: first.directory, log: (line) => log.push(line) });
    expect(log).toEqual([expect.stringMatching(/dropped a torn last line of 22 bytes/)]);
    await second.stripe.refunds.create({ payment_intent: id });
    await second.running.close();
    const third = await openSandbox({ dataDirectory: first.directory, log: (line) => log.push(line) });
    expect(await third.control.order('order-1')).toMatchObject({ captured: 1250, refunded: 1250 });
    expect(log).toHaveLength(1);
  });

  test('stops the start at a broken line before its end', async () => {
    const first = await openSandbox();
    await first.stripe.paymentIntents.create(payment('order-1'));
    await first.running.close();
    const path = join(first.directory, 'journal.jsonl');
    const text = await readFile(path, 'utf8');
    await writeFile(path, `{"broken\n${text}`);
    await expect(openSandbox({ dataDirectory: first.directory })).rejects.toThrow(/cannot be read at byte 0/);
    await writeFile(path, text);
    const repaired = await openSandbox({ dataDirectory: first.directory });
    expect((await repaired.control.ledger()).orders).toHaveLength(1);
  });

  test('does not restore deleted idempotency keys', async () => {
    const first = await openSandbox();
    const key = { idempotencyKey: 'key-1' };
    const { id } = await first.stripe.paymentIntents.create(payment('order-1'), key);
    await first.control.call('DELETE', 'idempotency');
    await first.running.close();
    const second = await openSandbox({ dataDirectory: first.directory });
    expect((await second.stripe.paymentIntents.create(payment('order-1'), key)).id).not.toBe(id);
  });
});

import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ApiClient } from '../support/api-client.js';
import {
  CLOSED_WITH,
  CUSTOMERS,
  HASTY,
  type HostileSocket,
  hostileSocket,
  play,
  REFUSED,
} from '../support/hostile-sockets.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { CLOSE, type Received } from '../support/web-socket-frames.js';
import { create } from '../api/orders-support.js';

const BATCHES = 40;
const BATCH_SIZE = 20;
/** Without 1011 and 4500, which stand for a defect of the server. */
const CLOSE_CODES = [
  1000, 1001, 1002, 1003, 1005, 1007, 1009, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429,
];
const MAX_MESSAGE_BYTES = 65_536;

/** A client disconnected before its answer was sent. */
const DISCONNECTED = /write (EPIPE|ECONNRESET)/;
/** Refused tokens are logged, at a bounded rate. */
const REFUSED_ACCESS = /"msg":"access was refused"/;

/** Warnings and errors in the log, and errors that a library printed around it. */
function faultsIn(lines: readonly string[]): string[] {
  const logged = lines.filter((line) => line.startsWith('{') && !/^\{"level":"(info|debug)"/.test(line));
  const others = lines.filter((line) => /\berror\b/i.test(line) && !line.startsWith('{'));
  return [...logged, ...others].filter((line) => !DISCONNECTED.test(line) && !REFUSED_ACCESS.test(line));
}

/** A close frame is answered with the code that it carries (RFC 6455, section 5.5.1). */
function closeCodesOf({ parts }: HostileSocket): number[] {
  return parts
    .flatMap((part) => (part instanceof Uint8Array ? [] : part))
    .filter(({ opcode, payload }) => opcode === CLOSE && payload.length >= 2)
    .map(({ payload }) => Buffer.from(payload).readUInt16BE());
}

describe('the WebSocket server with arbitrary clients', () => {
  let system: TestSystem;
  let tokens: string[];

  beforeAll(async () => {
    // This test sends far more bad tokens from one address than is allowed.
    system = await setup({
      ROLE: 'api',
      RATE_LIMIT_ANONYMOUS_POINTS: '1000000000',
      // A busy machine must not look like a fault of Redis.
      RATE_LIMIT_REDIS_TIMEOUT_MS: '10000',
    });
    tokens = await Promise.all(
      Array.from({ length: CUSTOMERS }, (_, index) => system.token(`fuzz-customer-${index}`)),
    );
  });

  afterAll(async () => {
    await system.close();
  });

  /** Creates one order for each customer. */
  async function orderIds(url: string): Promise<string[]> {
    const ids: string[] = [];
    for (const token of tokens) ids.push((await create(new ApiClient(url, token))).order.id);
    return ids;
  }

  function check({ status, texts, closeCode }: Received, client: HostileSocket): void {
    expect(status).not.toMatch(/^HTTP\/1\.1 5/);
    if (closeCode !== undefined) expect([...CLOSE_CODES, ...closeCodesOf(client)]).toContain(closeCode);
    for (const text of texts) {
      expect(text.length).toBeLessThan(MAX_MESSAGE_BYTES);
      expect(text).not.toContain('INTERNAL_SERVER_ERROR');
      expect(JSON.parse(text)).toHaveProperty('type');
    }
  }

  async function playAll(url: string, runs: number): Promise<Received[]> {
    const ids = await orderIds(url);
    const all: Received[] = [];
    const one = async (client: HostileSocket) => {
      const { customer } = client;
      try {
        const received = await play(url, tokens[customer] ?? '', ids[customer] ?? '', client);
        check(received, client);
        all.push(received);
      } catch (error) {
        throw new Error(`after ${inspect(client, { depth: 6 })}`, { cause: error });
      }
    };
    const batches = fc.array(hostileSocket, { minLength: BATCH_SIZE, maxLength: BATCH_SIZE });
    await fc.assert(
      fc.asyncProperty(batches, async (clients) => {
        await Promise.all(clients.map(one));
      }),
      { numRuns: runs, endOnFailure: true },
    );
    return all;
  }

  /** Expects that a well-behaved client is served. */
  async function expectWorking(url: string): Promise<void> {
    const client = new ApiClient(url, await system.token('honest'));
    try {
      const { order } = await create(client);
      await client.watch(order.id, 0).until('the first event', ({ version }) => version === 1);
    } finally {
      await client.close();
    }
  }

  test('closes bad sockets, reports no defect, and serves other clients', async () => {
    const process: SystemProcess = await startProcess(system.env);
    try {
      await Promise.all(Array.from({ length: 200 }, () => play(process.url, '', '', HASTY)));
      for (const [code, client] of CLOSED_WITH) {
        const { closeCode } = await play(process.url, tokens[0] ?? '', '', client);
        expect(closeCode).toBe(code);
      }
      const all = await playAll(process.url, BATCHES);
      await expectWorking(process.url);
      expect(process.child.exitCode).toBeNull();
      expect(faultsIn(process.lines)).toEqual([]);
      // Enough of the clients got events.
      expect(
        all.filter(({ texts }) => texts.some((text) => text.includes('"orderEvents"'))).length,
      ).toBeGreaterThan(50);
    } finally {
      await process.stop();
    }
  }, 180_000);

  test('leaves no socket of disconnected clients open', async () => {
    const { app, url } = await system.start();
    await Promise.all(REFUSED.map((client) => play(url, '', '', client)));
    await playAll(url, 20);
    await expectWorking(url);
    const server = app.getHttpServer();
    server.closeIdleConnections();
    const open = async () =>
      new Promise<number>((resolve, reject) => {
        server.getConnections((error: Error | null, count: number) => {
          if (error === null) resolve(count);
          else reject(error);
        });
      });
    await waitFor('all sockets to be closed', async () => {
      server.closeIdleConnections();
      return (await open()) === 0;
    });
  }, 180_000);
});

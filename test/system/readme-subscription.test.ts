import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { randomUUID } from 'node:crypto';
import { ApiClient } from '../support/api-client.js';
import { create } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { codeBlock } from '../support/readme.js';
import { ReadmeWatch } from '../support/readme-watch.js';
import type { SystemProcess } from '../support/system-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const NEXT_EVENT = `
  WITH moved AS (UPDATE orders SET version = version + 1, status = $3 WHERE id = $1 RETURNING version)
  INSERT INTO order_events (order_id, version, type, status, previous_status)
  SELECT $1, version, $2, $3, 'PAYMENT_PROCESSING' FROM moved`;

describe('the subscription example in docs/api.md', () => {
  let system: TestSystem;
  let api: SystemProcess;
  const processes = new Processes();
  const watches: ReadmeWatch[] = [];
  let proxy: TcpProxy;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    api = await processes.start(system.env);
    proxy = await TcpProxy.start(api.url);
  });

  afterEach(async () => {
    for (const watch of watches.splice(0)) await watch.stop();
  });

  afterAll(async () => {
    await proxy.end();
    await processes.end();
    await system.close();
  });

  async function placeOrder(): Promise<string> {
    return (await create(new ApiClient(api.url, await system.token('alice')))).id;
  }

  async function write(
    orderId: string,
    type = 'PAYMENT_ATTEMPT_FAILED',
    status = 'PAYMENT_PROCESSING',
  ): Promise<void> {
    await system.sql.query(NEXT_EVENT, [orderId, type, status]);
  }

  async function watch(
    url: string,
    orderId: string,
    freshToken = () => system.token('alice'),
  ): Promise<ReadmeWatch> {
    const started = await ReadmeWatch.start(url, orderId, freshToken);
    watches.push(started);
    return started;
  }

  const untilVersion = async (watching: ReadmeWatch, version: number) =>
    waitFor(`version ${version}`, () => watching.versions.includes(version), 25_000);

  /** Cancels the order, and expects that every version has arrived once. */
  async function expectAll(watching: ReadmeWatch, orderId: string): Promise<void> {
    await write(orderId, 'ORDER_CANCELLED', 'CANCELLED');
    await waitFor('the end', () => watching.ended, 25_000);
    expect(watching.ended).toEqual({ is: 'end' });
    const { rows } = await system.sql.query<{ version: number }>('SELECT version FROM orders WHERE id = $1', [
      orderId,
    ]);
    const newest = rows[0]?.version ?? 0;
    expect(watching.versions).toEqual(Array.from({ length: newest }, (_, index) => index + 1));
    expect(watching.events.at(-1)).toMatchObject({
      type: 'ORDER_CANCELLED',
      order: { status: 'CANCELLED' },
    });
  }

  test('gets every event once after cut sockets and a black hole', async () => {
    const id = await placeOrder();
    const watching = await watch(proxy.url, id);
    await untilVersion(watching, 1);
    for (const harm of ['cut', 'cut', 'swallowOpen'] as const) {
      await write(id);
      await untilVersion(watching, watching.events.length + 1);
      proxy[harm]();
      await write(id);
      await untilVersion(watching, watching.events.length + 1);
    }
    expect(watching.connections).toBe(4);
    await expectAll(watching, id);
  }, 60_000);

  test('gets every event once after the server is killed, stays down, and is restarted', async () => {
    const id = await placeOrder();
    const watching = await watch(api.url, id);
    await untilVersion(watching, 1);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await write(id);
      await untilVersion(watching, watching.events.length + 1);
      const before = watching.connections;
      await api.stop(signal);
      await write(id);
      await waitFor('two refused connections', () => watching.connections >= before + 2);
      api = await processes.start({ ...system.env, PORT: new URL(api.url).port });
      await untilVersion(watching, watching.events.length + 1);
    }
    await expectAll(watching, id);
  }, 90_000);

  test('gets every event once where tokens expire, with a new one for each connection', async () => {
    const id = await placeOrder();
    const watching = await watch(api.url, id, () => system.token('alice', { lifetimeSeconds: 2 }));
    for (let tokens = 1; tokens <= 3; tokens += 1) {
      await waitFor(`token ${tokens}`, () => watching.tokens >= tokens, 25_000);
      await write(id);
      await untilVersion(watching, tokens + 1);
    }
    await expectAll(watching, id);
  }, 60_000);

  test('ends with the error for an unknown order', async () => {
    const watching = await watch(api.url, randomUUID());
    await waitFor('the end', () => watching.ended);
    expect(watching.ended).toMatchObject({ error: [{ extensions: { code: 'NOT_FOUND' } }] });
    expect(watching.connections).toBe(1);
  });

  test('compiles as strict TypeScript', () => {
    const file = `${process.cwd()}/api-example.ts`;
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
    };
    const host = ts.createCompilerHost(options);
    const [readFile, fileExists] = [host.readFile.bind(host), host.fileExists.bind(host)];
    const example = codeBlock('docs/api.md', 'ts', 'import { type Client');
    const usage = codeBlock('docs/api.md', 'ts', 'const client = connect(');
    const source = `${example}\ndeclare const token: string, orderId: string;\n${usage}`;
    host.readFile = (name) => (name === file ? source : readFile(name));
    host.fileExists = (name) => name === file || fileExists(name);
    const program = ts.createProgram([file], options, host);
    const faults = ts.getPreEmitDiagnostics(program);
    expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });
});

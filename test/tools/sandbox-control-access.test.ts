import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { cleanUp, openSandbox, type TestSandbox } from '../support/sandbox.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const FAULT = { kind: 'http_500', count: 1 };

describe("the sandbox's control paths", () => {
  let sandbox: TestSandbox;
  let own: string;

  beforeEach(async () => {
    sandbox = await openSandbox();
    own = `127.0.0.1:${sandbox.running.port}`;
  });

  afterEach(cleanUp);

  interface Answer {
    readonly status: number;
    readonly body: unknown;
  }

  function ask(what: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const [method = '', path = ''] = what.split(' ');
    return new Promise((resolve, reject) => {
      const { port } = sandbox.running;
      const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  const addFault = (headers: Record<string, string>) =>
    ask('POST /_sandbox/faults', headers, JSON.stringify(FAULT));

  test.each([
    ['a form', 'application/x-www-form-urlencoded'],
    ['plain text, as a page may send without a preflight request', 'text/plain'],
    ['plain text that mentions JSON', 'text/plain; application/json'],
    ['another kind of JSON', 'application/json5'],
    ['no content type', ''],
  ])('refuse a body whose content type is not JSON: %s', async (_, type) => {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    expect(await addFault(headers)).toEqual({
      status: 415,
      body: { error: { message: expect.stringContaining('content-type: application/json') } },
    });
    expect((await addFault({ ...headers, 'transfer-encoding': 'chunked' })).status).toBe(415);
    expect(await sandbox.control.faults()).toEqual([]);
  });

  test.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8'])(
    'accept a body of the type %s',
    async (type) => {
      expect(await addFault({ 'content-type': type })).toMatchObject({ status: 200, body: FAULT });
    },
  );

  test.each(['http://evil.example', 'http://localhost:4000', 'null', 'https://127.0.0.1', ''])(
    'refuse a request from the origin %j',
    async (origin) => {
      expect(await addFault({ ...JSON_TYPE, origin })).toEqual({
        status: 403,
        body: { error: { message: expect.stringContaining('origin') } },
      });
      for (const what of ['GET /_sandbox/ledger', 'DELETE /_sandbox/faults', 'GET /_sandbox/nothing'])
        expect((await ask(what, { origin })).status).toBe(403);
      expect(await sandbox.control.faults()).toEqual([]);
    },
  );

  test("accept a request from the sandbox's own origin", async () => {
    expect((await addFault({ ...JSON_TYPE, origin: `http://${own}` })).status).toBe(200);
    const host = `localhost:${sandbox.running.port}`;
    expect((await addFault({ ...JSON_TYPE, host, origin: `http://${host}` })).status).toBe(200);
  });

  test.each([
    'evil.example',
    'evil.example:4010',
    'localhost.evil.example',
    '192.168.0.7',
    'evil.example, localhost',
  ])('refuse the Host header %j', async (host) => {
    expect(await addFault({ ...JSON_TYPE, host })).toEqual({
      status: 421,
      body: { error: { message: expect.stringContaining('localhost') } },
    });
    for (const what of ['GET /_sandbox/ledger', 'GET /_sandbox/health', 'DELETE /_sandbox/idempotency'])
      expect((await ask(what, { host })).status).toBe(421);
    expect((await ask('GET /_sandbox/ledger', { host, origin: `http://${host}` })).status).toBe(421);
    expect(await sandbox.control.faults()).toEqual([]);
  });

  test.each(['localhost', 'localhost:4010', '127.0.0.1', '[::1]:4010'])(
    'accept the Host header %s',
    async (host) => {
      expect((await addFault({ ...JSON_TYPE, host })).status).toBe(200);
      expect((await ask('GET /_sandbox/ledger', { host })).status).toBe(200);
      expect((await ask('DELETE /_sandbox/faults', { host })).status).toBe(200);
    },
  );

  test("do not include Stripe's paths, which need the key under any Host header", async () => {
    const headers = { host: 'sandbox:4010', authorization: 'Bearer sk_test_sandbox' };
    expect((await ask('GET /v1/payment_intents', headers)).status).toBe(200);
    expect((await ask('GET /v1/payment_intents', { host: 'sandbox:4010' })).status).toBe(401);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { RawConnection } from '../support/raw-connection.js';
import { setup, type TestSystem } from '../support/test-system.js';

const LIVE = ['GET /health/live HTTP/1.1', 'host: x', '', ''];
const POST = ['POST /graphql HTTP/1.1', 'host: x', 'content-type: application/json'];
const QUERY = '{"query":"{ __typename }"}';
/** A smuggled request: answered if this server reads it as the next request instead of a body. */
const HIDDEN = LIVE.join('\r\n');
const GZIPPED = gzipSync(QUERY).toString('latin1');

describe('a malformed or unusual HTTP request', () => {
  let system: TestSystem;
  let url: string;
  const connections: RawConnection[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
  });

  afterEach(() => {
    for (const connection of connections.splice(0)) connection.destroy();
  });

  afterAll(() => system.close());

  async function send(...lines: readonly string[]): Promise<RawConnection> {
    const connection = await RawConnection.open(url);
    connections.push(connection);
    connection.send(...lines);
    return connection;
  }

  test.each<[string, number, readonly string[]]>([
    ['headers of over 16 KiB', 431, [`GET / HTTP/1.1`, 'host: x', `x-more: ${'x'.repeat(17_000)}`, '', '']],
    [
      'over a hundred headers',
      431,
      ['GET / HTTP/1.1', 'host: x', ...Array<string>(100).fill('a: b'), '', ''],
    ],
    ['a path of over 16 KiB', 431, [`GET /${'x'.repeat(17_000)} HTTP/1.1`, 'host: x', '', '']],
    ['an unknown method', 400, ['FETCH /health/live HTTP/1.1', 'host: x', '', '']],
    ['a method in lower case', 400, ['get /health/live HTTP/1.1', 'host: x', '', '']],
    ['no host', 400, ['GET /health/live HTTP/1.1', '', '']],
    ['another protocol', 400, ['EHLO mail.example', '']],
    ['a TLS greeting', 400, ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '', '']],
    ['HTTP/2', 400, ['PRI * HTTP/2.0', '', 'SM', '', '']],
    ['HTTP/3.7', 400, ['GET /health/live HTTP/3.7', 'host: x', '', '']],
    ['a NUL in a header', 400, ['GET /health/live HTTP/1.1', 'host: x', 'a: b\0c', '', '']],
    ['a folded header', 400, ['GET / HTTP/1.1', 'host: x', 'a: b', ' c: d', '', '']],
    ['a space before the colon', 400, [...POST, 'content-length : 5', '', HIDDEN]],
    [
      'a content length before chunked encoding',
      400,
      [...POST, 'content-length: 5', 'transfer-encoding: chunked', '', '0', '', HIDDEN],
    ],
    [
      'chunked encoding before a content length',
      400,
      [...POST, 'transfer-encoding: chunked', 'content-length: 5', '', '0', '', HIDDEN],
    ],
    ['two content lengths', 400, [...POST, 'content-length: 5', 'content-length: 6', '', HIDDEN]],
    ['an invalid content length', 400, [...POST, 'content-length: +5', '', HIDDEN]],
    ['a negative content length', 400, [...POST, 'content-length: -1', '', HIDDEN]],
    ['an unknown transfer encoding', 400, [...POST, 'transfer-encoding: xchunked', '', '0', '', HIDDEN]],
    [
      'chunked encoding before another one',
      400,
      [...POST, 'transfer-encoding: chunked, gzip', '', '0', '', HIDDEN],
    ],
    ['a chunk without a size', 400, [...POST, 'transfer-encoding: chunked', '', 'zz', '{}', '0', '', HIDDEN]],
    ['a chunk size beyond 64 bits', 400, [...POST, 'transfer-encoding: chunked', '', 'f'.repeat(17), HIDDEN]],
  ])('with %s gets %d and closes the connection', async (_, status, lines) => {
    const connection = await send(...lines);
    await connection.closed();
    expect(connection.statuses).toEqual([status]);
  });

  test.each<[string, number, readonly string[]]>([
    ['a malformed path', 400, ['GET /%zz HTTP/1.1', 'host: x', '', '']],
    ['an unknown path', 404, ['GET /graphql/../health/live HTTP/1.1', 'host: x', '', '']],
    ['a method that the path does not support', 404, ['DELETE /graphql HTTP/1.1', 'host: x', '', '']],
    ['TRACE', 404, ['TRACE /graphql HTTP/1.1', 'host: x', '', '']],
    ['an unknown expectation', 417, [...POST, 'expect: a miracle', 'content-length: 0', '', '']],
    [
      'a compressed body',
      415,
      [...POST, 'content-encoding: gzip', `content-length: ${GZIPPED.length}`, '', GZIPPED],
    ],
    [
      'an unknown content type',
      415,
      [...POST.slice(0, 2), 'content-type: a/b', `content-length: ${QUERY.length}`, '', QUERY],
    ],
    [
      'a compressed webhook',
      415,
      [
        ...['POST /webhooks/stripe HTTP/1.1', 'host: x', 'content-encoding: gzip'],
        ...[`content-length: ${GZIPPED.length}`, '', GZIPPED],
      ],
    ],
    [
      'a content length that is too large, before the body is sent',
      413,
      [...POST, 'content-length: 100001', '', ''],
    ],
    [
      'chunks that add up to too much',
      413,
      [
        ...POST,
        'transfer-encoding: chunked',
        '',
        ...Array<string[]>(11)
          .fill(['2710', ' '.repeat(10_000)])
          .flat(),
      ],
    ],
  ])('with %s gets %d', async (_, status, lines) => {
    const connection = await send(...lines);
    expect(await connection.answered()).toEqual([status]);
  });

  test('with CONNECT is not proxied', async () => {
    const connection = await send('CONNECT example.com:443 HTTP/1.1', 'host: example.com:443', '', '');
    await connection.closed();
    expect(connection.received).toBe('');
  });

  test.each<[string, readonly string[]]>([
    ['HTTP/1.0, and the connection is closed', ['GET /health/live HTTP/1.0', '', '']],
    [
      'sent with an absolute URL',
      ['GET http://elsewhere.example/health/live HTTP/1.1', 'host: x', 'connection: close', '', ''],
    ],
  ])('is answered where it is %s', async (_, lines) => {
    const connection = await send(...lines);
    await connection.closed();
    expect([connection.statuses, connection.received]).toEqual([
      [200],
      expect.stringContaining('{"status":"live"}'),
    ]);
  });

  test('with "expect: 100-continue" gets 100 before it sends its body', async () => {
    const connection = await send(...POST, 'expect: 100-continue', `content-length: ${QUERY.length}`, '', '');
    expect(await connection.answered()).toEqual([100]);
    connection.send(QUERY);
    expect(await connection.answered(2)).toEqual([100, 200]);
  });

  test('gets its answer in order where several are pipelined', async () => {
    const query = [...POST, `content-length: ${QUERY.length}`, '', QUERY].join('\r\n');
    const nowhere = ['GET /nowhere HTTP/1.1', 'host: x', '', ''].join('\r\n');
    const connection = await send(query + HIDDEN + nowhere + query);
    expect(await connection.answered(4)).toEqual([200, 200, 404, 200]);
  });

  test('in the body of another request is not answered, even on an unknown path', async () => {
    const body = HIDDEN.repeat(3);
    const nowhere = ['POST /nowhere HTTP/1.1', 'host: x', `content-length: ${body.length}`, '', body].join(
      '\r\n',
    );
    const connection = await send(
      nowhere + ['GET /graphql HTTP/1.1', 'host: localhost', 'connection: close', '', ''].join('\r\n'),
    );
    await connection.closed();
    expect(connection.statuses).toEqual([404, 400]);
  });
});

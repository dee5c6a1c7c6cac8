import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Link } from '../drills/system/link.js';
import { waitFor } from '../support/wait-for.js';

const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Echoes what it receives, followed by PostgreSQL's ReadyForQuery if there is a zero byte in it. */
class EchoServer {
  readonly sockets = new Set<Socket>();
  received = '';
  private readonly server: Server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on('data', (chunk) => {
      this.received += chunk.toString();
      socket.write(chunk);
      if (chunk.includes(0)) socket.write(READY);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
  });

  async start(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `postgresql://someone:secret@127.0.0.1:${(this.server.address() as AddressInfo).port}/orders`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** A client of the link, and what it received. */
class Client {
  received = '';
  error: string | undefined;
  closed = false;
  readonly socket: Socket;

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.received += chunk.toString();
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    this.socket.once('close', () => {
      this.closed = true;
    });
  }

  async gets(text: string): Promise<void> {
    await waitFor(text, () => this.received.includes(text));
  }

  async isCut(): Promise<void> {
    await waitFor('the end', () => this.closed);
    expect(this.error).toBe('ECONNRESET');
  }
}

describe('a link of the fault drills', () => {
  let server: EchoServer;
  let link: Link;
  const clients: Client[] = [];

  beforeEach(async () => {
    server = new EchoServer();
    const targets: [string] = [await server.start()];
    link = await Link.open({ name: 'api-1 → postgres', kind: 'postgres', owner: 'api-1', targets });
  });

  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    await link.end();
    await server.stop();
  });

  /** A client whose connection works. */
  async function connected(): Promise<Client> {
    const client = open();
    client.socket.write('hello');
    await client.gets('hello');
    return client;
  }

  function open(): Client {
    const client = new Client(link.url);
    clients.push(client);
    return client;
  }

  test('has the URL of its server except for the port, and carries all data and the end of a connection', async () => {
    expect(link.url).toMatch(/^postgresql:\/\/someone:secret@127\.0\.0\.1:\d+\/orders$/);
    const client = await connected();
    const much = 'x'.repeat(3_000_000);
    client.socket.end(`${much}.`);
    await client.gets('.');
    expect(client.received).toBe(`hello${much}.`);
    await waitFor('the end', () => client.closed && server.sockets.size === 0);
    expect(client.error).toBeUndefined();
    expect(link.struck).toEqual({ cut: 0, delayed: 0, swallowed: 0 });
  });

  test('gives connections to several servers in turn', async () => {
    const servers = [new EchoServer(), new EchoServer()] as const;
    const targets: [string, string] = [await servers[0].start(), await servers[1].start()];
    const webhooks = await Link.open({ name: 'sandbox → api', kind: 'webhook', owner: 'sandbox', targets });
    try {
      for (const word of ['one', 'two', 'three']) {
        const client = new Client(webhooks.url);
        clients.push(client);
        client.socket.write(word);
        await client.gets(word);
      }
      expect(servers.map(({ received }) => received)).toEqual(['onethree', 'two']);
    } finally {
      await webhooks.end();
      await Promise.all(servers.map((each) => each.stop()));
    }
  });

  test('resets every open connection at both ends when cut, and accepts new ones', async () => {
    const [first, second] = [await connected(), await connected()];
    expect(link.cut()).toBe(2);
    await first.isCut();
    await second.isCut();
    await waitFor('both ends', () => server.sockets.size === 0);
    await connected();
    expect(link.struck.cut).toBe(2);
  });

  test('delivers delayed data in order, with the end last, and at once when restored', async () => {
    const client = await connected();
    link.delay(30);
    for (const word of ['one ', 'two ', 'three ']) {
      client.socket.write(word);
      await waitFor(word, () => server.received.includes(word));
    }
    await client.gets('one two three');
    link.delay(3_600_000);
    client.socket.end('four');
    await waitFor('four on its way', () => link.struck.delayed >= 7);
    expect(client.received).toBe('helloone two three ');
    link.restore();
    await client.gets('four');
    await waitFor('the end', () => client.closed);
    expect(client.error).toBeUndefined();
  });

  test('loses requests that it swallows, and leaves their connections dead when restored', async () => {
    const client = await connected();
    link.swallow('there');
    client.socket.write('lost');
    await waitFor('the loss', () => link.struck.swallowed === 1);
    const opened = open();
    opened.socket.write('lost too');
    await waitFor('the loss', () => link.struck.swallowed === 2);
    expect(server.sockets.size).toBe(1);
    link.restore();
    for (const dead of [client, opened]) dead.socket.write('still lost');
    await waitFor('the loss', () => link.struck.swallowed === 4);
    await connected();
    expect(server.received).toBe('hellohello');
    expect([client.closed, opened.closed]).toEqual([false, false]);
    client.socket.end();
    opened.socket.end();
    await waitFor('the ends', () => client.closed && opened.closed && server.sockets.size === 1);
  });

  test('swallows answers to requests that took effect, and the end of connections', async () => {
    const client = await connected();
    const idle = await connected();
    link.swallow('back');
    client.socket.write('done');
    await waitFor('the request', () => server.received.includes('done'));
    const opened = open();
    opened.socket.write('done too');
    await waitFor('the request', () => server.received.includes('done too') && link.struck.swallowed === 2);
    for (const socket of server.sockets) socket.destroy();
    await waitFor('the servers’ ends', () => server.sockets.size === 0);
    expect([client.closed, idle.closed, opened.closed]).toEqual([false, false, false]);
    link.restore();
    // The ends that were swallowed now arrive.
    await waitFor('the ends', () => client.closed && idle.closed && opened.closed);
    expect(client.received).toBe('hello');
  });

  test('carries data again on a connection that sent nothing while it swallowed', async () => {
    const client = await connected();
    link.swallow('there');
    link.swallow('back');
    link.restore();
    client.socket.write('again');
    await client.gets('again');
  });

  test.each([
    ['a named statement of ours', 'B\0\0\0\x20\0create-orders\0'],
    ['a transition with a transition write', 'B\0\0\0\x20\0transition-order-with-store-refund\0'],
    ["Prisma's own statement", 'P\0\0\0\x20\0INSERT INTO "public"."orders"'],
    ["a transaction's end", 'Q\0\0\0\x0bCOMMIT\0'],
  ])('cuts before or after a commit: %s', async (_, statement) => {
    const reading = 'B\0\0\0\x20\0events-after\0';
    link.cutAtCommit('before', 1);
    const before = await connected();
    before.socket.write(reading);
    await before.gets(reading);
    before.socket.write(statement);
    await before.isCut();
    expect(server.received).not.toContain(statement);

    link.cutAtCommit('after', 2);
    for (const after of [await connected(), await connected()]) {
      after.socket.write(statement);
      await after.isCut();
      expect(after.received).toBe('hello');
    }
    expect(server.received.split(statement)).toHaveLength(3);
    // There are no more cuts.
    const last = await connected();
    last.socket.write(statement);
    await last.gets(statement);
    expect(link.struck.cut).toBe(3);
  });
});

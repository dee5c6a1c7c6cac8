import { transform } from '@swc/core';
import { ChildProgram } from './child-program.js';
import { codeBlock } from './readme.js';

interface Seen {
  readonly version: number;
  readonly type: string;
  readonly order: { readonly status: string };
}

type Said =
  | { readonly is: 'event'; readonly event: Seen }
  | { readonly is: 'connecting' }
  | { readonly is: 'token-wanted' }
  | { readonly is: 'end'; readonly error?: unknown };

/** Runs the code of docs/api.md as it stands, and tells its parent what comes of it. */
const AROUND = `
  import WebSocket from 'ws';
  globalThis.WebSocket ??= WebSocket;
  const freshToken = () => {
    const answer = new Promise((resolve) => process.once('message', resolve));
    process.send({ is: 'token-wanted' });
    return answer;
  };
  const client = connect(process.env.URL, freshToken);
  client.on('connecting', () => process.send({ is: 'connecting' }));
  let end = { is: 'end' };
  try {
    for await (const event of watchOrder(client, process.env.ORDER_ID)) process.send({ is: 'event', event });
  } catch (error) {
    end = { is: 'end', error };
  }
  process.send(end, () => process.exit());`;

/** A process that does what docs/api.md tells whoever wants to watch an order. */
export class ReadmeWatch {
  readonly events: Seen[] = [];
  connections = 0;
  tokens = 0;
  ended: { readonly error?: unknown } | undefined;

  private constructor(
    private readonly program: ChildProgram,
    private readonly freshToken: () => Promise<string>,
  ) {
    program.child.on('message', (said) => void this.hear(said as Said));
  }

  static async start(url: string, orderId: string, freshToken: () => Promise<string>): Promise<ReadmeWatch> {
    const block = codeBlock('docs/api.md', 'ts', 'import { type Client');
    const { code } = await transform(block, {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    });
    const program = ChildProgram.node(['--input-type=module', '--eval', code + AROUND], {
      env: { URL: `${url.replace('http', 'ws')}/graphql`, ORDER_ID: orderId },
      ipc: true,
    });
    return new ReadmeWatch(program, freshToken);
  }

  get versions(): readonly number[] {
    return this.events.map(({ version }) => version);
  }

  async stop(): Promise<void> {
    await this.program.stop('SIGKILL');
  }

  private async hear(said: Said): Promise<void> {
    if (said.is === 'event') this.events.push(said.event);
    if (said.is === 'connecting') this.connections += 1;
    if (said.is === 'end') this.ended = said;
    if (said.is === 'token-wanted') {
      this.tokens += 1;
      this.program.child.send(await this.freshToken());
    }
  }
}

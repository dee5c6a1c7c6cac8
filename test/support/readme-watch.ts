import { transform } from '@swc/core';
import { ChildProgram } from './child-program.js';
import { codeBlock } from './readme.js';

interface ReceivedEvent {
  readonly version: number;
  readonly type: string;
  readonly order: { readonly status: string };
}

type Report =
  | { readonly is: 'event'; readonly event: ReceivedEvent }
  | { readonly is: 'connecting' }
  | { readonly is: 'token-wanted' }
  | { readonly is: 'end'; readonly error?: unknown };

/** Runs the unchanged code of docs/api.md, and reports to its parent process. */
const HARNESS = `
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

/** A process that subscribes to an order by the example of docs/api.md. */
export class ReadmeWatch {
  readonly events: ReceivedEvent[] = [];
  connections = 0;
  tokens = 0;
  ended: { readonly error?: unknown } | undefined;

  private constructor(
    private readonly program: ChildProgram,
    private readonly freshToken: () => Promise<string>,
  ) {
    program.child.on('message', (report) => void this.receive(report as Report));
  }

  static async start(url: string, orderId: string, freshToken: () => Promise<string>): Promise<ReadmeWatch> {
    const block = codeBlock('docs/api.md', 'ts', 'import { type Client');
    const { code } = await transform(block, {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    });
    const program = ChildProgram.node(['--input-type=module', '--eval', code + HARNESS], {
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

  private async receive(report: Report): Promise<void> {
    if (report.is === 'event') this.events.push(report.event);
    if (report.is === 'connecting') this.connections += 1;
    if (report.is === 'end') this.ended = report;
    if (report.is === 'token-wanted') {
      this.tokens += 1;
      this.program.child.send(await this.freshToken());
    }
  }
}

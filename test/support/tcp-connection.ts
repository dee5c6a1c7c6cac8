import type { Socket } from 'node:net';
import { Lane, type Weather } from './tcp-lane.js';

/** To the server, or back to the client. */
export type Direction = 'there' | 'back';

/**
 * What happens to one question and its answer:
 * `cut-question`: the connection is cut before the server gets the question; `cut-answer`: it is cut after the server
 * has answered (so it has committed), before the client gets the answer; `swallow-question` and `swallow-answer`:
 * nothing is cut, and nothing sent from then on arrives in either direction.
 */
export type LinkFault = 'cut-question' | 'cut-answer' | 'swallow-question' | 'swallow-answer';

export interface Plan {
  /** Whether the plan is for this question on this connection. */
  readonly fits: (question: Buffer, connection: Connection) => boolean;
  readonly fault: LinkFault;
  /** Created for each answer; detects its last chunk. By default an answer ends with its first chunk. */
  readonly answerEnd?: () => (chunk: Buffer) => boolean;
  readonly happened?: (connection: Connection) => void;
}

/** What a connection needs from its proxy. */
export interface ConnectionRules {
  readonly weather: Readonly<Record<Direction, Weather>>;
  /** Takes the plan for this question, if there is one. */
  takePlan(question: Buffer, connection: Connection): Plan | undefined;
  readonly count: (what: 'cut' | 'delayed' | 'swallowed') => void;
  closed(connection: Connection): void;
}

/** One connection through the proxy. Either end may close its half first, as in TCP. */
export class Connection {
  /** What the client sent after the connection was swallowed, in bytes. */
  bytesAfterFault = 0;
  private readonly there: Lane;
  private readonly back: Lane;
  private isDead = false;
  /** Set until the answer to a question with a fault has arrived. */
  private awaited:
    { readonly plan: Plan; readonly isEnd: (chunk: Buffer) => boolean; hasCome: boolean } | undefined;

  /** @param server undefined if not even the connection request arrives */
  constructor(
    private readonly client: Socket,
    private readonly server: Socket | undefined,
    private readonly rules: ConnectionRules,
  ) {
    const { weather } = rules;
    this.there = new Lane(client, server, weather.there, rules.count);
    this.back = new Lane(server ?? client, client, weather.back, rules.count);
    client.on('data', (chunk: Buffer) => {
      this.ask(chunk);
    });
    this.follow(client, this.there);
    if (server === undefined) {
      this.swallow();
      return;
    }
    server.on('data', (chunk: Buffer) => {
      this.answer(chunk);
    });
    this.follow(server, this.back);
  }

  /** Whether the client has closed it, or it was cut. */
  get closedByClient(): boolean {
    return this.client.closed;
  }

  /** Both ends get a reset, as from a network that drops a connection. */
  cut(): void {
    this.rules.count('cut');
    this.drop();
  }

  drop(): void {
    this.client.resetAndDestroy();
    this.server?.resetAndDestroy();
  }

  /** Permanent: nothing arrives any more, not even an end of the connection. */
  swallow(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.there.tear();
    this.back.lose();
    this.client.once('end', () => this.client.destroy());
  }

  clear(): void {
    if (this.awaited?.hasCome === true && !this.isDead) this.cut();
    this.awaited = undefined;
    this.there.clear();
    this.back.clear();
  }

  private follow(from: Socket, lane: Lane): void {
    from.once('end', () => {
      lane.end();
    });
    // 'close' follows.
    from.on('error', () => undefined);
    from.once('close', () => {
      if (!from.readableEnded) lane.reset();
      if (!this.client.closed || this.server?.closed === false) return;
      this.there.forget();
      this.back.forget();
      this.rules.closed(this);
    });
  }

  private ask(chunk: Buffer): void {
    if (this.isDead) this.bytesAfterFault += chunk.length;
    const plan = this.isDead ? undefined : this.rules.takePlan(chunk, this);
    if (plan?.fault === 'cut-question') this.cut();
    if (plan?.fault === 'swallow-question') this.swallow();
    if (plan?.fault.endsWith('question') === true) {
      plan.happened?.(this);
      return;
    }
    if (plan !== undefined)
      this.awaited = { plan, isEnd: plan.answerEnd?.() ?? (() => true), hasCome: false };
    this.there.move(chunk);
    if (plan?.fault === 'swallow-answer') this.swallow();
  }

  private answer(chunk: Buffer): void {
    const { awaited } = this;
    if (awaited === undefined) {
      this.back.move(chunk);
      return;
    }
    awaited.hasCome = true;
    if (!awaited.isEnd(chunk)) return;
    this.awaited = undefined;
    if (awaited.plan.fault === 'cut-answer') this.cut();
    awaited.plan.happened?.(this);
  }
}

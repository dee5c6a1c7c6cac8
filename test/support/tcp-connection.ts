import type { Socket } from 'node:net';
import { Lane, type Weather } from './tcp-lane.js';

/** Of a message: to the server, or to the client. */
export type Direction = 'there' | 'back';

/**
 * What happens to one question and its answer:
 * `cut-question`: the connection is cut before the server sees the question; `cut-answer`: it is cut when the server
 * has answered (so it has committed), before the client sees that; `swallow-question` and `swallow-answer`:
 * nothing is cut, and what is sent from then on in either direction never arrives.
 */
export type LinkFault = 'cut-question' | 'cut-answer' | 'swallow-question' | 'swallow-answer';

export interface Plan {
  /** Whether it is meant for this question; connections may be told apart. */
  readonly fits: (question: Buffer, connection: Connection) => boolean;
  readonly fault: LinkFault;
  /** Made for each answer: tells by its chunks whether all of it has come. By default the first chunk will do. */
  readonly answerEnd?: () => (chunk: Buffer) => boolean;
  readonly happened?: (connection: Connection) => void;
}

/** What a connection asks its proxy. */
export interface ConnectionRules {
  readonly weather: Readonly<Record<Direction, Weather>>;
  /** Takes the plan for this question, where there is one. */
  takePlan(question: Buffer, connection: Connection): Plan | undefined;
  readonly count: (what: 'cut' | 'delayed' | 'swallowed') => void;
  closed(connection: Connection): void;
}

/** One connection through the proxy. Either end may close its half first, as in TCP. */
export class Connection {
  /** What the client sent since nothing arrives any more, in bytes. */
  bytesAfterFault = 0;
  private readonly there: Lane;
  private readonly back: Lane;
  private isDead = false;
  /** Set until the answer to a question with a fault has come. */
  private awaited:
    { readonly plan: Plan; readonly isEnd: (chunk: Buffer) => boolean; hasCome: boolean } | undefined;

  /** @param server undefined where nothing of the connection arrives, its beginning included */
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

  /** The client has closed it (or it was cut). */
  get closedByClient(): boolean {
    return this.client.closed;
  }

  /** As a network does that gives a connection up: both ends get a reset. */
  cut(): void {
    this.rules.count('cut');
    this.drop();
  }

  drop(): void {
    this.client.resetAndDestroy();
    this.server?.resetAndDestroy();
  }

  /** For good: nothing arrives any more, and the client is told of nothing. */
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

import type { Socket } from 'node:net';
import { Lane, type Weather } from './lane.js';
import { AnswerEnd, isWriting } from './writing-statement.js';

/** Of a message: to the server, or to the client. */
export type Direction = 'there' | 'back';

export type CommitCut = 'before' | 'after';

/** What a connection asks its link. */
export interface ConnectionRules {
  readonly weather: Readonly<Record<Direction, Weather>>;
  /** Whether writing statements are to be looked for at all. */
  readonly looksForWrites: boolean;
  /** Takes one of the planned cuts, where there is one left. */
  takeCommitCut(): CommitCut | undefined;
  readonly count: (what: 'cut' | 'delayed' | 'swallowed') => void;
  closed(connection: Connection): void;
}

/** One connection over a link. Either end may close its half first, as in TCP. */
export class Connection {
  private readonly there: Lane;
  private readonly back: Lane;
  /** Set while the answer to a writing statement is withheld. */
  private withheld: { readonly end: AnswerEnd; hasCome: boolean } | undefined;

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
      this.there.tear();
      client.once('end', () => client.destroy());
      return;
    }
    server.on('data', (chunk: Buffer) => {
      this.answer(chunk);
    });
    this.follow(server, this.back);
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

  clear(): void {
    if (this.withheld?.hasCome === true) this.cut();
    this.withheld = undefined;
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
    const when = this.rules.looksForWrites && isWriting(chunk) ? this.rules.takeCommitCut() : undefined;
    if (when === 'before') {
      this.cut();
      return;
    }
    if (when === 'after') this.withheld = { end: new AnswerEnd(), hasCome: false };
    this.there.move(chunk);
  }

  private answer(chunk: Buffer): void {
    if (this.withheld === undefined) {
      this.back.move(chunk);
      return;
    }
    this.withheld.hasCome = true;
    if (!this.withheld.end.isEnd(chunk)) return;
    this.withheld = undefined;
    this.cut();
  }
}

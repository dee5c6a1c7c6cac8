import type { Server } from 'node:net';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { AnswerEnd, isWriting } from './writing-statement.js';

/** What a link connects. `client` is customer → api; `webhook` is sandbox → api; `replication` is standby → postgres. */
export type LinkKind = 'client' | 'postgres' | 'redis' | 'gateway' | 'webhook' | 'replication';

export type CommitCut = 'before' | 'after';

export interface LinkOptions {
  /** Such as `worker-1 → postgres`. */
  readonly name: string;
  readonly kind: LinkKind;
  /** The process whose link it is: `api-1`, … For a webhook link, the sandbox's. */
  readonly owner: string;
  /** URLs of the servers, which take turns. */
  readonly targets: readonly [string, ...string[]];
}

/** A proxy on one link of the drilled system. */
export class Link extends TcpProxy {
  readonly name: string;
  readonly kind: LinkKind;
  readonly owner: string;

  private constructor({ name, kind, owner, targets }: LinkOptions, server: Server) {
    super(server, targets);
    this.name = name;
    this.kind = kind;
    this.owner = owner;
  }

  static async open(options: LinkOptions): Promise<Link> {
    return new Link(options, await TcpProxy.listen());
  }

  /**
   * Cuts the connection at the next few writing statements (an order, a transition, a claim): `before` the
   * server receives one, or `after` its commit and before the client learns of it. Only on a postgres link.
   */
  cutAtCommit(when: CommitCut, times: number): void {
    if (this.kind !== 'postgres') throw new Error(`${this.name} carries no statements`);
    this.plans.length = 0;
    for (let left = times; left > 0; left -= 1)
      this.plan({
        fits: isWriting,
        fault: when === 'before' ? 'cut-question' : 'cut-answer',
        answerEnd: () => {
          const end = new AnswerEnd();
          return (chunk) => end.isEnd(chunk);
        },
      });
  }
}

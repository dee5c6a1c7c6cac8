import { execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { WebSocket } from 'ws';
import type { Subscriber, SubscriptionCursor } from './subscription-cursor.js';
import type { OrderEvent } from '../orders/order.js';
import type { Caller } from '../auth/caller.js';
import { isUnavailable, type PublicErrors } from '../graphql/errors/public-errors.js';
import type { SocketLimits } from './socket-limits.js';

const TEXT = { binary: false };
const END: IteratorResult<never, undefined> = { done: true, value: undefined };

interface Options {
  readonly socket: WebSocket;
  /** The operation's id on its socket. */
  readonly id: string;
  readonly limits: SocketLimits;
  readonly publicErrors: PublicErrors;
}

/**
 * A subscription's end of the fan-out: an event is executed once for all who ask for the same, and its text goes
 * straight to each socket. For graphql-ws, which waits for its end, it is a sequence of nothing.
 */
export class SocketEventSink implements Subscriber, AsyncIterableIterator<never> {
  view = '';
  private args: ExecutionArgs | undefined;
  private watcher: SubscriptionCursor | undefined;
  private isEnded = false;
  private tellEnd: (() => void) | undefined;
  /** The message as far as it is this subscriber's own, and its length in bytes. */
  private readonly start: string;
  private readonly startLength: number;

  constructor(private readonly options: Options) {
    this.start = `{"id":${JSON.stringify(options.id)},"type":"next","payload":`;
    this.startLength = Buffer.byteLength(this.start);
  }

  /** @param args its operation, admitted and about to begin @param caller who asks for it */
  prepare(args: ExecutionArgs, caller: Caller | undefined): void {
    this.args = args;
    this.view = viewOf(args, caller);
  }

  /** Goes on until its watcher ends, or graphql-ws says that the client has left. */
  until(watcher: SubscriptionCursor): this {
    this.watcher = watcher;
    return this;
  }

  render(event: OrderEvent): Buffer | undefined | Promise<Buffer | undefined> {
    if (this.args === undefined) throw new Error('a subscription has begun before it was admitted');
    const result = execute({ ...this.args, rootValue: event });
    return result instanceof Promise ? result.then((late) => this.restOf(late)) : this.restOf(result);
  }

  send(rest: Buffer): boolean {
    const { socket, limits } = this.options;
    limits.endWhereUnread(socket);
    // Its close is on the way, and ends this.
    if (socket.readyState !== WebSocket.OPEN) return false;
    // Bytes are copied for a fraction of what encoding the text again would take.
    const message = Buffer.allocUnsafe(this.startLength + rest.length);
    message.write(this.start);
    message.set(rest, this.startLength);
    socket.send(message, TEXT, this.onSent);
    return socket.bufferedAmount === 0;
  }

  end(): void {
    this.isEnded = true;
    this.tellEnd?.();
  }

  async next(): Promise<IteratorResult<never, undefined>> {
    if (!this.isEnded) {
      await new Promise<void>((resolve) => {
        this.tellEnd = resolve;
      });
    }
    return END;
  }

  async return(): Promise<IteratorResult<never, undefined>> {
    this.watcher?.stop();
    this.end();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private readonly onSent = (): void => {
    this.watcher?.goOn();
  };

  /** Undefined where the event has to be read again later: sent as an error, it would be missing for good. */
  private restOf({ data = null, errors }: ExecutionResult): Buffer | undefined {
    if (errors === undefined) return bytes({ data });
    if (errors.some(({ originalError }) => isUnavailable(originalError))) return undefined;
    return bytes({ data, errors: this.options.publicErrors.formatAll(errors) });
  }
}

/** The rest of a message, which everybody with the same view is sent. */
function bytes(payload: object): Buffer {
  return Buffer.from(`${JSON.stringify(payload)}}`);
}

const documentNumbers = new WeakMap<object, number>();
let documents = 0;

/**
 * What an event's text depends on besides the event. Nobody shares it with anybody who may see something else:
 * a customer's sockets do with each other, and operators', who see everything, do with each other.
 */
function viewOf(
  { document, operationName, variableValues }: ExecutionArgs,
  caller: Caller | undefined,
): string {
  const number = documentNumbers.get(document) ?? (documents += 1);
  documentNumbers.set(document, number);
  const audience = caller === undefined ? null : caller.operator ? 'operators' : [caller.customerId];
  return JSON.stringify([audience, number, operationName, variableValues]);
}

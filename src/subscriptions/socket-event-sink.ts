import { execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { WebSocket } from 'ws';
import type { Caller } from '../auth/caller.js';
import { isUnavailable, type PublicErrors } from '../graphql/errors/public-errors.js';
import type { OrderEvent } from '../orders/order.js';
import type { EventSink, EventSubscription } from './event-sink.js';
import type { SocketLimits } from './socket-limits.js';

const TEXT = { binary: false };
const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

interface Options {
  readonly socket: WebSocket;
  /** The operation's id on its socket, as the client chose it. */
  readonly id: string;
  readonly limits: SocketLimits;
  readonly publicErrors: PublicErrors;
}

/**
 * Writes a subscription's events to its socket. They pass by graphql-ws, which would execute and encode each of them
 * once for each subscriber. For graphql-ws this is an iterator without values, which ends with the subscription.
 */
export class SocketEventSink implements EventSink, AsyncIterableIterator<never> {
  view = '';
  private args: ExecutionArgs | undefined;
  private subscription: EventSubscription | undefined;
  private isEnded = false;
  private resolveNext: (() => void) | undefined;
  /** The part of a message that differs between sinks of one view, and its length in bytes. */
  private readonly prefix: string;
  private readonly prefixBytes: number;

  constructor(private readonly options: Options) {
    this.prefix = `{"id":${JSON.stringify(options.id)},"type":"next","payload":`;
    this.prefixBytes = Buffer.byteLength(this.prefix);
  }

  /** Sets the operation that renders the events. To be called before it is executed. */
  setOperation(args: ExecutionArgs, caller: Caller | undefined): void {
    this.args = args;
    this.view = viewOf(args, caller);
  }

  /** @returns the iterator for graphql-ws, which closes the subscription when the client leaves */
  attach(subscription: EventSubscription): this {
    this.subscription = subscription;
    return this;
  }

  render(event: OrderEvent): Buffer | undefined | Promise<Buffer | undefined> {
    if (this.args === undefined) throw new Error('an event sink has no operation');
    const result = execute({ ...this.args, rootValue: event });
    return result instanceof Promise ? result.then((late) => this.encode(late)) : this.encode(result);
  }

  send(rendered: Buffer): boolean {
    const { socket, limits } = this.options;
    limits.terminateIfUnread(socket);
    // The socket's close follows, and closes the subscription.
    if (socket.readyState !== WebSocket.OPEN) return false;
    // Copying bytes costs a fraction of encoding the text for each sink.
    const message = Buffer.allocUnsafe(this.prefixBytes + rendered.length);
    message.write(this.prefix);
    message.set(rendered, this.prefixBytes);
    socket.send(message, TEXT, this.onSent);
    return socket.bufferedAmount === 0;
  }

  end(): void {
    this.isEnded = true;
    this.resolveNext?.();
  }

  async next(): Promise<IteratorResult<never, undefined>> {
    if (!this.isEnded) {
      await new Promise<void>((resolve) => {
        this.resolveNext = resolve;
      });
    }
    return DONE;
  }

  async return(): Promise<IteratorResult<never, undefined>> {
    this.subscription?.close();
    this.end();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private readonly onSent = (): void => {
    this.subscription?.resume();
  };

  /** Undefined where the event has to be read again: sent with an error instead, it would be lost. */
  private encode({ data = null, errors }: ExecutionResult): Buffer | undefined {
    if (errors === undefined) return suffix({ data });
    if (errors.some(({ originalError }) => isUnavailable(originalError))) return undefined;
    return suffix({ data, errors: this.options.publicErrors.formatAll(errors) });
  }
}

/** The part of a message that is the same for all sinks of a view. */
function suffix(payload: object): Buffer {
  return Buffer.from(`${JSON.stringify(payload)}}`);
}

const documentNumbers = new WeakMap<object, number>();
let lastDocumentNumber = 0;

/**
 * All that an event's text depends on besides the event. It is shared only among callers who may see the same: the
 * sockets of one customer, or those of operators, who see everything.
 */
function viewOf(
  { document, operationName, variableValues }: ExecutionArgs,
  caller: Caller | undefined,
): string {
  const number = documentNumbers.get(document) ?? (lastDocumentNumber += 1);
  documentNumbers.set(document, number);
  const audience = caller === undefined ? null : caller.operator ? 'operators' : [caller.customerId];
  return JSON.stringify([audience, number, operationName, variableValues]);
}

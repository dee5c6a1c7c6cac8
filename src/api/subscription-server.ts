import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { Authenticator, KeySetUnavailableError } from '../auth/authenticator.js';
import type { Caller } from '../auth/caller.js';
import type { Config } from '../config.js';
import { isAllowedOrigin } from '../platform/allowed-origins.js';
import { clientAddress } from '../platform/client-address.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import { OperationGate } from './operation-gate.js';
import { PublicErrors } from './public-errors.js';
import { RetainedBytes } from './retained-bytes.js';
import { SocketLimits } from './socket-limits.js';
import { serveSockets, type SocketExtra } from './socket-messages.js';
import { SocketSubscriber } from './socket-subscriber.js';
import { prepareSubscription } from './subscription-document.js';
import { ValidDocuments } from './valid-documents.js';

/** The WebSocket protocol's close code for a fault that will pass; clients connect again after it. */
const TRY_AGAIN_LATER = 1013;
/** setTimeout's longest delay; a token that lives longer than 24 days outlives its socket anyway. */
const MAX_TIMER_MS = 2_147_483_647;

type ConnectionParams = Record<string, unknown>;
type ConnectionExtra = {
  caller: Caller;
  expiry: NodeJS.Timeout;
  /** The ids of the operations under way. graphql-ws forgets one at the client's word, which is before its end. */
  operations: Set<string>;
};
type ConnectionContext = Context<ConnectionParams, SocketExtra & Partial<ConnectionExtra>>;

/** Subscriptions over graphql-transport-ws at /graphql. Only subscriptions: everything else goes over HTTP. */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets: WebSocketServer;
  private readonly limits: SocketLimits;
  private readonly publicErrors: PublicErrors;
  private readonly retained: RetainedBytes;
  /** What ends the count of a subscription's bytes, by what graphql-ws has of its payload. */
  private readonly releases = new WeakMap<SubscribePayload, () => void>();
  private readonly addressOf: (request: IncomingMessage) => string;
  private stop: (() => void | Promise<void>) | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly authenticator: Authenticator,
    private readonly gate: OperationGate,
    private readonly documents: ValidDocuments,
    @Inject(CONFIG) private readonly config: Pick<Config, 'graphql' | 'http' | 'live' | 'webSocket'>,
  ) {
    this.sockets = new WebSocketServer({
      noServer: true,
      maxPayload: config.webSocket.frameLimitBytes,
      perMessageDeflate: false,
      clientTracking: true,
    });
    this.addressOf = clientAddress(config.http);
    this.limits = new SocketLimits(config.webSocket);
    this.retained = new RetainedBytes(config.webSocket.maxRetainedPerCustomerBytes);
    this.publicErrors = new PublicErrors(config.graphql.introspection);
  }

  onApplicationBootstrap(): void {
    const { initTimeoutMs, pingIntervalMs } = this.config.webSocket;
    const { dispose } = serveSockets<ConnectionParams, ConnectionExtra>(
      {
        connectionInitWaitTimeout: initTimeoutMs,
        jsonMessageReviver: refuseServerMessage,
        onConnect: (context) => this.admit(context),
        onDisconnect: ({ extra }) => {
          clearTimeout(extra.expiry);
          if (extra.caller !== undefined) this.limits.leave(extra.caller.customerId);
        },
        onSubscribe: (context, id, payload) => this.prepare(context, id, payload),
        // A sequence without results: its events go another way, see SocketSubscriber.
        subscribe: (args) =>
          createSourceEventStream(args) as Promise<AsyncIterableIterator<never> | ExecutionResult>,
        // What is left is a subscription that could not begin.
        onNext: ({ extra }, _id, _payload, _args, { data = null, errors = [] }) => {
          this.limits.endWhereUnread(extra.socket);
          return { data, errors: this.publicErrors.list(errors) };
        },
        onError: (_context, _id, _payload, errors) => this.publicErrors.list(errors),
        onComplete: ({ extra }, id, payload) => {
          this.releases.get(payload)?.();
          extra.operations?.delete(id);
        },
      },
      this.sockets,
      pingIntervalMs,
    );
    this.stop = dispose;
    const server: Server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head);
    });
  }

  /** Closes every socket with 1001 (going away): clients connect elsewhere and go on after their last version. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.stop?.();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url?.split('?')[0] !== '/graphql') {
      refuse(socket, '404 Not Found');
    } else if (!isAllowedOrigin(request.headers.origin, this.config.http)) {
      refuse(socket, '403 Forbidden');
    } else if (this.sockets.clients.size >= this.config.webSocket.socketLimit) {
      refuse(socket, '503 Service Unavailable', 'Retry-After: 1\r\n');
    } else {
      this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.limits.watch(webSocket);
        this.sockets.emit('connection', webSocket, request);
        // ws closes a socket after an error such as a frame too large. graphql-ws would also write it to the console.
        webSocket.removeAllListeners('error').on('error', (error) => {
          log.debug({ err: error }, 'a WebSocket failed');
        });
      });
    }
  }

  /** A bad token closes the socket with 4403; so does a good one when it expires. */
  private async admit(context: ConnectionContext): Promise<boolean> {
    const { connectionParams, extra } = context;
    const { socket } = extra;
    // Nobody asks for them again, and they may be long.
    delete (context as { connectionParams?: unknown }).connectionParams;
    const caller = await this.identify(connectionParams, extra);
    // Closed meanwhile: its end has been seen to already, and a timer would outlive it.
    if (caller === undefined || socket.readyState !== WebSocket.OPEN) return false;
    if (!this.limits.enter(caller.customerId)) {
      socket.close(TRY_AGAIN_LATER, 'Too many sockets');
      return false;
    }
    extra.caller = caller;
    const remainingMs = Math.max(0, caller.expiresAtMs - Date.now());
    extra.expiry = setTimeout(
      () => {
        socket.close(CloseCode.Forbidden, 'Forbidden');
      },
      Math.min(remainingMs, MAX_TIMER_MS),
    );
    return true;
  }

  /** Undefined for a bad token, and where the socket was closed because nobody can tell for now. */
  private async identify(
    connectionParams: Readonly<ConnectionParams> | undefined,
    { socket, request }: SocketExtra,
  ): Promise<Caller | undefined> {
    try {
      const caller = await this.authenticator.authenticate(connectionParams?.['Authorization']);
      if (caller === undefined) await this.gate.chargeAnonymous(this.addressOf(request));
      return caller;
    } catch (error) {
      // One that was rate limited is no news.
      if (error instanceof KeySetUnavailableError)
        log.warn({ err: error }, 'a WebSocket could not be admitted');
      else if (!(error instanceof GraphQLError)) throw error;
      socket.close(TRY_AGAIN_LATER, 'Try again later');
      return undefined;
    }
  }

  private async prepare(
    { extra, subscriptions }: ConnectionContext,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | GraphQLError[]> {
    const given = extra.payload ?? payload;
    const operations = (extra.operations ??= new Set());
    if (operations.has(id)) {
      // Of two under one id, the end of the socket would end one, and the other would go on for ever.
      extra.socket.close(CloseCode.SubscriberAlreadyExists, 'Subscriber already exists');
      return [new GraphQLError('There is an operation with this id.')];
    }
    operations.add(id);
    const { limits, publicErrors } = this;
    const subscriber = new SocketSubscriber({ id, socket: extra.socket, limits, publicErrors });
    const prepared = await prepareSubscription(given, {
      id,
      contextValue: { caller: extra.caller, address: this.addressOf(extra.request), subscriber },
      schema: this.schemaHost.schema,
      documents: this.documents,
      gate: this.gate,
      retained: this.retained,
      running: Object.keys(subscriptions).length,
      limits: this.config.webSocket,
    });
    if (!('args' in prepared)) {
      operations.delete(id);
      return [...prepared];
    }
    this.releases.set(payload, prepared.release);
    subscriber.prepare(prepared.args, extra.caller);
    return prepared.args;
  }
}

/** graphql-ws takes what only a server may send for a fault of ours; what throws here closes with 4400. */
function refuseServerMessage(key: string, value: unknown): unknown {
  const { type } = (key === '' ? (value as { readonly type?: unknown } | null) : null) ?? {};
  if (type === 'connection_ack' || type === 'next' || type === 'error') throw new Error("a server's message");
  return value;
}

/** The client may be gone already, and nobody else listens for that. */
function refuse(socket: Duplex, status: string, headers = ''): void {
  socket.on('error', (error) => {
    log.debug({ err: error }, 'a refused upgrade failed');
  });
  // A client that does not close its side would stay for good.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Length: 0\r\n\r\n`);
}

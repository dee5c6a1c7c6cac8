import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import {
  CloseCode,
  type Context,
  handleProtocols,
  makeServer,
  type Server as ProtocolServer,
  type SubscribePayload,
} from 'graphql-ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { Authenticator, KeySetUnavailableError } from '../auth/authenticator.js';
import type { Caller } from '../auth/caller.js';
import type { Config } from '../config/config.js';
import { isAllowedOrigin } from '../http/allowed-origins.js';
import { clientAddress, networkOf } from '../http/client-address.js';
import { CONFIG } from '../config/token.js';
import { countForCustomer } from '../http/connection-limit.js';
import { log } from '../platform/observability/logger.js';
import { requestPath } from '../http/request-path.js';
import { UnsentBytes } from '../http/unsent-bytes.js';
import { OperationLimits } from '../graphql/limits/operation-limits.js';
import { PublicErrors } from '../graphql/errors/public-errors.js';
import { RetainedBytes } from './retained-bytes.js';
import { closeSockets, refuse, serveSocket, type SocketExtra } from './socket-connection.js';
import { SocketLimits, TRY_AGAIN_LATER } from './socket-limits.js';
import { clientIdOf } from './socket-operations.js';
import { SocketEventSink } from './event-sink.js';
import { SocketTokenCheck } from './socket-token-check.js';
import { prepareSubscription } from './subscription-document.js';
import { ValidDocuments } from '../graphql/limits/valid-documents.js';

/** setTimeout's longest delay; a token that lives longer than 24 days outlives its socket anyway. */
const MAX_TIMER_MS = 2_147_483_647;

type ConnectionParams = Record<string, unknown>;
interface ConnectionExtra extends SocketExtra {
  caller?: Caller;
  expiry?: NodeJS.Timeout;
}
type ConnectionContext = Context<ConnectionParams, ConnectionExtra>;

/** Subscriptions over graphql-transport-ws at /graphql. Only subscriptions: everything else goes over HTTP. */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets: WebSocketServer;
  private readonly limits: SocketLimits;
  private readonly tokenCheck: SocketTokenCheck;
  private readonly publicErrors: PublicErrors;
  private readonly retained: RetainedBytes;
  private readonly addressOf: (request: IncomingMessage) => string;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly authenticator: Authenticator,
    private readonly gate: OperationLimits,
    private readonly documents: ValidDocuments,
    unsent: UnsentBytes,
    @Inject(CONFIG) private readonly config: Pick<Config, 'auth' | 'graphql' | 'http' | 'live' | 'webSocket'>,
  ) {
    // ws knows it, its types don't.
    const closing = { closeTimeout: config.webSocket.closeTimeoutMs };
    this.sockets = new WebSocketServer({
      ...closing,
      noServer: true,
      handleProtocols,
      maxPayload: config.webSocket.frameLimitBytes,
      perMessageDeflate: false,
      clientTracking: true,
    });
    this.addressOf = clientAddress(config.http);
    this.limits = new SocketLimits(config.webSocket, unsent);
    this.tokenCheck = new SocketTokenCheck(authenticator, config.auth);
    this.retained = new RetainedBytes(config.webSocket.maxRetainedPerCustomerBytes);
    this.publicErrors = new PublicErrors(config.graphql.introspection);
  }

  onApplicationBootstrap(): void {
    const protocol = this.protocolServer();
    this.tokenCheck.start();
    const server: Server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head, protocol);
    });
  }

  private protocolServer(): ProtocolServer<SocketExtra> {
    return makeServer<ConnectionParams, ConnectionExtra>({
      connectionInitWaitTimeout: this.config.webSocket.initTimeoutMs,
      onConnect: (context) => this.admit(context),
      onDisconnect: ({ extra }) => {
        clearTimeout(extra.expiry);
        this.tokenCheck.remove(extra.socket);
        for (const release of extra.releases.values()) release();
        extra.releases.clear();
      },
      onSubscribe: (context, id, payload) => this.prepare(context, id, payload),
      // A sequence without results: its events go another way, see SocketSubscriber.
      subscribe: (args) =>
        createSourceEventStream(args) as Promise<AsyncIterableIterator<never> | ExecutionResult>,
      onOperation: ({ extra }, id) => {
        extra.operations.begin(id);
      },
      // What is left is a subscription that could not begin.
      onNext: (_context, _id, _payload, _args, { data = null, errors = [] }) => ({
        data,
        errors: this.publicErrors.formatAll(errors),
      }),
      onError: (_context, _id, _payload, errors) => this.publicErrors.formatAll(errors),
      onComplete: ({ extra }, id) => {
        extra.operations.end(id);
        extra.releases.get(id)?.();
        extra.releases.delete(id);
      },
    });
  }

  /** Closes every socket: clients connect elsewhere and go on after their last version. */
  async beforeApplicationShutdown(): Promise<void> {
    this.tokenCheck.stop();
    await closeSockets(this.sockets);
  }

  private upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    server: ProtocolServer<SocketExtra>,
  ): void {
    const { http, webSocket } = this.config;
    const network = networkOf(this.addressOf(request));
    if (requestPath(request.url) !== '/graphql') {
      refuse(socket, '404 Not Found');
    } else if (!isAllowedOrigin(request.headers.origin, http)) {
      refuse(socket, '403 Forbidden');
    } else if (this.sockets.clients.size >= webSocket.socketLimit || !this.limits.hasPlaceFor(network)) {
      refuse(socket, '503 Service Unavailable', 'Retry-After: 1\r\n');
    } else {
      this.sockets.handleUpgrade(request, socket, head, (opened) => {
        this.limits.open(opened, network);
        serveSocket(opened, request, {
          server,
          limits: this.limits,
          pingIntervalMs: webSocket.pingIntervalMs,
        });
      });
    }
  }

  /** A bad token closes the socket with 4403; so does a good one when it expires, or its key is withdrawn. */
  private async admit(context: ConnectionContext): Promise<boolean> {
    const { connectionParams, extra } = context;
    const { socket, request } = extra;
    // Nobody asks for them again, and they may be long.
    delete (context as { connectionParams?: unknown }).connectionParams;
    const caller = await this.identify(connectionParams, extra);
    // Closed meanwhile: its end has been seen to already, and a timer would outlive it.
    if (caller === undefined || socket.readyState !== WebSocket.OPEN) return false;
    const network = networkOf(this.addressOf(request));
    if (!this.limits.authenticate(socket, network, caller.customerId)) {
      socket.close(TRY_AGAIN_LATER, 'Too many sockets');
      return false;
    }
    countForCustomer(request.socket);
    extra.caller = caller;
    this.tokenCheck.add(socket, caller);
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
      if (caller === undefined) await this.gate.consumeForAnonymous(this.addressOf(request));
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
    { extra }: ConnectionContext,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | GraphQLError[]> {
    const { socket, operations, budget, payloads, releases } = extra;
    const { limits, publicErrors } = this;
    const given = payloads.get(id) ?? payload;
    payloads.delete(id);
    const subscriber = new SocketEventSink({ id: clientIdOf(id), socket, limits, publicErrors });
    const prepared = await prepareSubscription(given, {
      id,
      contextValue: { caller: extra.caller, address: this.addressOf(extra.request), eventSink: subscriber },
      schema: this.schemaHost.schema,
      documents: this.documents,
      gate: this.gate,
      retained: this.retained,
      running: operations.count,
      limits: this.config.webSocket,
    });
    if (!('args' in prepared)) {
      operations.end(id);
      budget.consume();
      return [...prepared];
    }
    if (!operations.isActive(id) || socket.readyState !== WebSocket.OPEN) {
      prepared.release();
      operations.end(id);
      // Nobody is told; the order need not be read.
      return [new GraphQLError('The client has completed the operation.')];
    }
    releases.set(id, prepared.release);
    subscriber.prepare(prepared.args, extra.caller);
    return prepared.args;
  }
}

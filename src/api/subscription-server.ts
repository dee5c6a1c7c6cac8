import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  OperationTypeNode,
  parse,
  validate,
  type ExecutionArgs,
} from 'graphql';
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { Authenticator } from '../auth/authenticator.js';
import type { Config } from '../config.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import type { GraphQLContext } from './context.js';
import { toPublicError } from './errors.js';
import { patientSubscribe } from './patient-subscribe.js';

/** A subscription's text and variables are below 2 KB; the package's own limit is 100 MiB. */
const MAX_FRAME_BYTES = 65_536;
const CONNECTION_INIT_TIMEOUT_MS = 3_000;
/** The WebSocket protocol's close code for a fault that will pass; clients connect again after it. */
const TRY_AGAIN_LATER = 1013;
/** setTimeout's longest delay; a token that lives longer than 24 days outlives its socket anyway. */
const MAX_TIMER_MS = 2_147_483_647;

type ConnectionParams = Record<string, unknown>;
type ConnectionExtra = { expiry: NodeJS.Timeout };
type ConnectionContext = Context<ConnectionParams, Extra & Partial<ConnectionExtra>>;

/** Subscriptions over graphql-transport-ws at /graphql. Only subscriptions: everything else goes over HTTP. */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });
  private stop: (() => void | Promise<void>) | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly authenticator: Authenticator,
    @Inject(CONFIG) private readonly config: Pick<Config, 'graphql' | 'live'>,
  ) {}

  onApplicationBootstrap(): void {
    const { dispose } = useServer<ConnectionParams, ConnectionExtra>(
      {
        connectionInitWaitTimeout: CONNECTION_INIT_TIMEOUT_MS,
        onConnect: (context) => this.admit(context),
        onDisconnect: ({ extra }) => {
          clearTimeout(extra.expiry);
        },
        onSubscribe: (context, _id, payload) => this.prepare(context, payload),
        subscribe: (args) => patientSubscribe(args, this.config.live.checkIntervalMs),
        onNext: (_context, _id, _payload, _args, result) =>
          result.errors === undefined
            ? undefined
            : { data: result.data ?? null, errors: result.errors.map(publicError) },
        onError: (_context, _id, _payload, errors) => errors.map(publicError),
      },
      this.sockets,
      this.config.live.pingIntervalMs,
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
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.sockets.emit('connection', webSocket, request);
      // ws closes a socket after an error such as a frame too large. graphql-ws would also write it to the console.
      webSocket.removeAllListeners('error').on('error', (error) => {
        log.debug({ err: error }, 'a WebSocket failed');
      });
    });
  }

  /** A bad token closes the socket with 4403; so does a good one when it expires. */
  private async admit({ connectionParams, extra }: ConnectionContext): Promise<boolean> {
    let caller;
    try {
      caller = await this.authenticator.authenticate(connectionParams?.['Authorization']);
    } catch (error) {
      log.warn({ err: error }, 'a WebSocket could not be admitted');
      extra.socket.close(TRY_AGAIN_LATER, 'Try again later');
    }
    // Closed meanwhile: its end has been seen to already, and a timer would outlive it.
    if (caller === undefined || extra.socket.readyState !== WebSocket.OPEN) return false;
    const remainingMs = Math.max(0, caller.expiresAtMs - Date.now());
    extra.expiry = setTimeout(
      () => {
        extra.socket.close(CloseCode.Forbidden, 'Forbidden');
      },
      Math.min(remainingMs, MAX_TIMER_MS),
    );
    return true;
  }

  private prepare(
    { connectionParams }: ConnectionContext,
    payload: SubscribePayload,
  ): ExecutionArgs | GraphQLError[] {
    const { schema } = this.schemaHost;
    let document;
    try {
      document = parse(payload.query);
    } catch (error) {
      return [refused('GRAPHQL_PARSE_FAILED', (error as Error).message)];
    }
    const errors = validate(schema, document);
    if (errors.length > 0)
      return errors.map(({ message }) => refused('GRAPHQL_VALIDATION_FAILED', this.withoutHints(message)));
    const operation = getOperationAST(document, payload.operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) {
      return [
        refused(
          'BAD_REQUEST',
          'Only subscriptions are served over a WebSocket; send queries and mutations over HTTP.',
        ),
      ];
    }
    const contextValue: GraphQLContext = { authorization: connectionParams?.['Authorization'] };
    return {
      schema,
      document,
      contextValue,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? {},
    };
  }

  /** As Apollo does over HTTP: a suggestion would tell the schema piece by piece. */
  private withoutHints(message: string): string {
    return this.config.graphql.introspection ? message : message.replace(/ ?Did you mean(.+?)\?$/, '');
  }
}

function refused(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function publicError(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError {
  return toPublicError(error instanceof GraphQLError ? error.toJSON() : error, error);
}

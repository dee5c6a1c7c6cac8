import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { handleProtocols, type Server as ProtocolServer } from 'graphql-ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Authenticator } from '../auth/authenticator.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { PublicErrors } from '../graphql/errors/public-errors.js';
import { OperationLimits } from '../graphql/limits/operation-limits.js';
import { ValidDocuments } from '../graphql/limits/valid-documents.js';
import { isAllowedOrigin } from '../http/allowed-origins.js';
import { clientAddress, networkOf } from '../http/client-address.js';
import { requestPath } from '../http/request-path.js';
import { UnsentBytes } from '../http/unsent-bytes.js';
import { log } from '../platform/observability/logger.js';
import { RetainedBytes } from './retained-bytes.js';
import { SocketAuthentication } from './socket-authentication.js';
import { serveSocket } from './socket-connection.js';
import { SocketLimits } from './socket-limits.js';
import type { SocketState } from './socket-state.js';
import { SocketTokenCheck } from './socket-token-check.js';
import { createProtocol } from './subscription-protocol.js';

/** The WebSocket close code for a server that stops (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;

/** Subscriptions over graphql-transport-ws at /graphql. Queries and mutations are served over HTTP only. */
@Injectable()
export class SubscriptionServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets: WebSocketServer;
  private readonly limits: SocketLimits;
  private readonly tokenCheck: SocketTokenCheck;
  private readonly protocol: ProtocolServer<SocketState>;
  private readonly addressOf: (request: IncomingMessage) => string;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    schemaHost: GraphQLSchemaHost,
    authenticator: Authenticator,
    operationLimits: OperationLimits,
    documents: ValidDocuments,
    unsent: UnsentBytes,
    @Inject(CONFIG) private readonly config: Pick<Config, 'auth' | 'graphql' | 'http' | 'live' | 'webSocket'>,
  ) {
    // The types of ws lack it.
    const closeTimeout = { closeTimeout: config.webSocket.closeTimeoutMs };
    this.sockets = new WebSocketServer({
      ...closeTimeout,
      noServer: true,
      handleProtocols,
      maxPayload: config.webSocket.frameLimitBytes,
      perMessageDeflate: false,
      clientTracking: true,
    });
    this.addressOf = clientAddress(config.http);
    this.limits = new SocketLimits(config.webSocket, unsent);
    this.tokenCheck = new SocketTokenCheck(authenticator, config.auth);
    this.protocol = createProtocol({
      schemaHost,
      authentication: new SocketAuthentication(authenticator, operationLimits, this.limits, this.tokenCheck),
      documents,
      operationLimits,
      socketLimits: this.limits,
      retained: new RetainedBytes(config.webSocket.maxRetainedPerCustomerBytes),
      publicErrors: new PublicErrors(config.graphql.introspection),
      config,
    });
  }

  onApplicationBootstrap(): void {
    this.tokenCheck.start();
    const server: Server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head);
    });
  }

  /** Closes every socket and opens no more: clients reconnect elsewhere and continue after their last version. */
  async beforeApplicationShutdown(): Promise<void> {
    this.tokenCheck.stop();
    for (const socket of this.sockets.clients) socket.close(GOING_AWAY, 'Going away');
    await new Promise<void>((resolve, reject) => {
      this.sockets.close((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { http, webSocket } = this.config;
    const address = this.addressOf(request);
    const network = networkOf(address);
    if (requestPath(request.url) !== '/graphql') {
      rejectUpgrade(socket, '404 Not Found');
    } else if (!isAllowedOrigin(request.headers.origin, http)) {
      rejectUpgrade(socket, '403 Forbidden');
    } else if (this.sockets.clients.size >= webSocket.socketLimit || !this.limits.canOpen(network)) {
      rejectUpgrade(socket, '503 Service Unavailable', 'Retry-After: 1\r\n');
    } else {
      this.sockets.handleUpgrade(request, socket, head, (opened) => {
        this.limits.open(opened, network);
        serveSocket(opened, request, {
          address,
          protocol: this.protocol,
          limits: this.limits,
          pingIntervalMs: webSocket.pingIntervalMs,
        });
      });
    }
  }
}

function rejectUpgrade(socket: Duplex, status: string, headers = ''): void {
  // The client may be gone already; without a listener the error would stop the process.
  socket.on('error', (error) => {
    log.debug({ err: error }, 'a rejected upgrade failed');
  });
  // Without this, a client that does not close its side would keep the connection open.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Length: 0\r\n\r\n`);
}

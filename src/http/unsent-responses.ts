import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { Counter } from 'prom-client';
import type { Config } from '../config/config.js';
import { networkOf } from './client-address.js';
import { CONFIG } from '../config/token.js';
import { type Owner, ownedBy, UnsentBytes } from './unsent-bytes.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined without a valid token. */
    customerId: string | undefined;
  }
}

/** Where nothing waits before it, a response of this size fits into the operating system's send buffer. */
const MAX_UNTRACKED_BYTES = 16_384;

const disconnects = new Counter({
  name: 'http_slow_readers_cut_total',
  help: 'Connections that were closed because their responses were not read, by reason.',
  labelNames: ['reason'] as const,
});

interface UnsentResponse {
  readonly owner: Owner;
  readonly bytes: number;
  readonly readyAtMs: number;
}

/**
 * Limits what slow readers make this process keep: a response has to be read within a time, and the unread responses
 * and WebSocket messages of a customer have a maximum of bytes. Node itself waits as long as a client reads a byte now
 * and then, and serves pipelined requests however many responses wait already.
 */
@Injectable()
export class UnsentResponses implements OnModuleInit, OnApplicationShutdown {
  /** By connection, in the order in which the responses were ready. */
  private readonly unsent = new Map<Socket, Set<UnsentResponse>>();
  private check: NodeJS.Timeout | undefined;

  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly unsentBytes: UnsentBytes,
    @Inject(CONFIG) private readonly config: Pick<Config, 'http'>,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.decorateRequest('customerId', undefined);
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const bytes = sizeOf(payload);
      const { socket } = request.raw;
      const isFirst = reply.raw.socket === socket && socket.writableLength === 0;
      if (!isFirst || bytes === undefined || bytes > MAX_UNTRACKED_BYTES)
        this.track(request, reply, bytes ?? 0);
      done();
    });
    this.check = setInterval(() => {
      this.disconnectLate();
    }, this.config.http.timeoutCheckIntervalMs);
    this.check.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.check);
  }

  private track(request: FastifyRequest, { raw: response }: FastifyReply, bytes: number): void {
    const { socket } = request.raw;
    if (socket.destroyed) return;
    const owner = ownerOf(request);
    if (this.unsentBytes.isOverLimit(owner)) {
      disconnect(socket, 'unsent_bytes');
      return;
    }
    const unsent = { owner, bytes, readyAtMs: Date.now() };
    this.unsentOf(socket).add(unsent);
    this.unsentBytes.addResponse(owner, bytes);
    response.once('close', () => {
      this.remove(socket, unsent);
    });
  }

  private unsentOf(socket: Socket): Set<UnsentResponse> {
    const existing = this.unsent.get(socket);
    if (existing !== undefined) return existing;
    const responses = new Set<UnsentResponse>();
    this.unsent.set(socket, responses);
    // A response that waits behind another one gets no event when the connection closes.
    socket.once('close', () => {
      for (const response of responses) this.remove(socket, response);
      this.unsent.delete(socket);
    });
    return responses;
  }

  private remove(socket: Socket, response: UnsentResponse): void {
    if (this.unsent.get(socket)?.delete(response) === true)
      this.unsentBytes.removeResponse(response.owner, response.bytes);
  }

  private disconnectLate(): void {
    const deadlineMs = Date.now() - this.config.http.sendTimeoutMs;
    for (const [socket, [oldest]] of this.unsent) {
      if (oldest !== undefined && oldest.readyAtMs < deadlineMs) disconnect(socket, 'send_timeout');
    }
  }
}

function disconnect(socket: Socket, reason: 'unsent_bytes' | 'send_timeout'): void {
  disconnects.inc({ reason });
  socket.destroy();
}

function ownerOf({ customerId, ip }: FastifyRequest): Owner {
  if (customerId !== undefined) return ownedBy.customer(customerId);
  // Despite its type, it is undefined for a closed connection.
  const address = (ip as string | undefined) ?? '';
  return ownedBy.network(networkOf(address));
}

/** In bytes; undefined for a stream, which keeps only its buffer, but has to be read within the time as well. */
function sizeOf(payload: unknown): number | undefined {
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  if (payload instanceof Uint8Array) return payload.length;
  return payload == null ? 0 : undefined;
}

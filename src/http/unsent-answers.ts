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
    /** Whose answer it is; undefined without a good token. */
    customerId: string | undefined;
  }
}

/** Behind nothing else, the operating system's own buffer takes this much at once. */
const MAX_UNTRACKED_BYTES = 16_384;

const cut = new Counter({
  name: 'http_slow_readers_cut_total',
  help: 'Connections that were cut because their answers were not read, by reason.',
  labelNames: ['reason'] as const,
});

interface Answer {
  readonly owner: Owner;
  readonly bytes: number;
  readonly readyAtMs: number;
}

/**
 * Bounds what clients that read slowly make this process keep: each answer has to be read within a time, and all
 * answers and WebSockets of a customer have so many bytes together. Node itself waits for as long as a byte is read
 * now and then, and answers whatever requests came in one piece, however much waits already.
 */
@Injectable()
export class UnsentAnswers implements OnModuleInit, OnApplicationShutdown {
  /** Of each connection, the answer that was ready first comes first. */
  private readonly waiting = new Map<Socket, Set<Answer>>();
  private check: NodeJS.Timeout | undefined;

  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly unsent: UnsentBytes,
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
      this.cutLate();
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
    if (this.unsent.isOverLimit(owner)) {
      cutFor('unsent_bytes', socket);
      return;
    }
    const answer = { owner, bytes, readyAtMs: Date.now() };
    this.answersOf(socket).add(answer);
    this.unsent.addAnswer(owner, bytes);
    response.once('close', () => {
      this.forget(socket, answer);
    });
  }

  private answersOf(socket: Socket): Set<Answer> {
    const known = this.waiting.get(socket);
    if (known !== undefined) return known;
    const answers = new Set<Answer>();
    this.waiting.set(socket, answers);
    // An answer that waits behind another one does not hear of it.
    socket.once('close', () => {
      for (const answer of answers) this.forget(socket, answer);
      this.waiting.delete(socket);
    });
    return answers;
  }

  private forget(socket: Socket, answer: Answer): void {
    if (this.waiting.get(socket)?.delete(answer) === true)
      this.unsent.removeAnswer(answer.owner, answer.bytes);
  }

  private cutLate(): void {
    const latestMs = Date.now() - this.config.http.sendTimeoutMs;
    for (const [socket, [oldest]] of this.waiting) {
      if (oldest !== undefined && oldest.readyAtMs < latestMs) cutFor('send_timeout', socket);
    }
  }
}

function cutFor(reason: string, socket: Socket): void {
  cut.inc({ reason });
  socket.destroy();
}

function ownerOf({ customerId, ip }: FastifyRequest): Owner {
  if (customerId !== undefined) return ownedBy.customer(customerId);
  // A client that is gone has no address, whatever the types say.
  const address = (ip as string | undefined) ?? '';
  return ownedBy.network(networkOf(address));
}

/** Undefined for a stream, which keeps no more than its buffer, and takes its time all the same. */
function sizeOf(payload: unknown): number | undefined {
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  if (payload instanceof Uint8Array) return payload.length;
  return payload == null ? 0 : undefined;
}

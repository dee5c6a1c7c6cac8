import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.js';
import { isLiveKey } from './stripe-mode.js';
import { WebhookEvents } from './webhook-events.js';
import { readWebhook } from './webhook-signature.js';
import { CONFIG } from '../../config/token.js';
import { isDatabaseUnavailable } from '../../platform/database/database-errors.js';
import { withTimeout } from '../../platform/with-timeout.js';
import { log } from '../../platform/observability/logger.js';

export const STRIPE_WEBHOOK_PATH = '/webhooks/stripe';
/** PostgreSQL is back within seconds, mostly. (Stripe itself keeps to its own schedule.) */
const RETRY_AFTER_SECONDS = 5;

/**
 * Where the gateway sends its events. It answers 2xx only when an event is stored together with what it does:
 * the gateway repeats any other. It takes no token, the signature says who is calling.
 */
@Injectable()
export class StripeWebhookRoute implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly webhookEvents: WebhookEvents,
    @Inject(CONFIG) private readonly config: Pick<Config, 'webhook' | 'database' | 'payment'>,
  ) {}

  /**
   * A scope of its own rather than a controller: only here a body stays as the bytes that were signed. Nest's
   * `rawBody: true` would keep every GraphQL request's bytes, too.
   */
  onModuleInit(): void {
    // Not awaited: that would make Fastify ready before Nest has set it up.
    void this.host.httpAdapter.getInstance().register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
        done(null, body);
      });
      scope.setErrorHandler(answerFailure);
      const bodyLimit = this.config.webhook.bodyLimitBytes;
      scope.post(STRIPE_WEBHOOK_PATH, { bodyLimit }, (request, reply) => this.take(request, reply));
    });
  }

  private async take({ body, headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const signature = String(headers['stripe-signature'] ?? '');
    const { webhook, payment } = this.config;
    const isLive = isLiveKey(payment.secretKey);
    const read = readWebhook(bytes, signature, { secret: webhook.secret, now: new Date(), isLive });
    if (read.kind === 'other-mode') {
      log.error({ eventId: read.eventId }, "a webhook was refused: its mode is not the key's");
      return answer(reply, 400, read.answer);
    }
    if (read.kind === 'refused') {
      log.warn({ reason: read.reason }, 'a webhook was refused');
      return answer(reply, 400, read.answer);
    }
    const { answerTimeoutMs } = this.config.database;
    const received = await withTimeout(
      answerTimeoutMs,
      'storing an event',
      this.webhookEvents.receive(read.event),
    );
    return answer(reply, 200, received === 'new' ? 'Stored.' : 'Known already.');
  }
}

function answer(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
}

function answerFailure(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  if (isDatabaseUnavailable(error)) {
    log.warn({ err: error }, 'an event was not stored: the database is unavailable');
    void reply.header('retry-after', RETRY_AFTER_SECONDS);
    void answer(reply, 503, 'The event could not be stored for now. Send it again.');
  } else if (error.statusCode !== undefined && error.statusCode < 500) {
    void answer(reply, error.statusCode, error.message);
  } else {
    log.error({ err: error }, 'an event was not stored');
    void answer(reply, 500, 'The event could not be stored. Send it again.');
  }
}

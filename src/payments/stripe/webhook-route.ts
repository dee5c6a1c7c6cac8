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
/** PostgreSQL is usually back within seconds. (Stripe keeps to its own schedule.) */
const RETRY_AFTER_SECONDS = 5;

/**
 * Receives Stripe's webhook events. Answers 2xx only once an event is stored with its effect; otherwise Stripe sends it
 * again. Authenticated by the signature, not by a token.
 */
@Injectable()
export class StripeWebhookRoute implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly webhookEvents: WebhookEvents,
    @Inject(CONFIG) private readonly config: Pick<Config, 'webhook' | 'database' | 'payment'>,
  ) {}

  /**
   * A Fastify scope instead of a controller: the signature needs the raw bytes of the body, and Nest's `rawBody: true`
   * would keep those of every GraphQL request too.
   */
  onModuleInit(): void {
    // Not awaited: that would make Fastify ready before Nest has set up its routes.
    void this.host.httpAdapter.getInstance().register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
        done(null, body);
      });
      scope.setErrorHandler(answerFailure);
      const bodyLimit = this.config.webhook.bodyLimitBytes;
      scope.post(STRIPE_WEBHOOK_PATH, { bodyLimit }, (request, reply) => this.receive(request, reply));
    });
  }

  private async receive({ body, headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const signature = String(headers['stripe-signature'] ?? '');
    const { webhook, payment } = this.config;
    const isLive = isLiveKey(payment.secretKey);
    const read = readWebhook(bytes, signature, { secret: webhook.secret, now: new Date(), isLive });
    if (read.kind === 'other-mode') {
      log.error(
        { eventId: read.eventId },
        "a webhook was refused: its mode (test or live) is not the API key's",
      );
      return answer(reply, 400, read.answer);
    }
    if (read.kind === 'refused') {
      log.warn({ reason: read.reason }, 'a webhook was refused');
      return answer(reply, 400, read.answer);
    }
    const { answerTimeoutMs } = this.config.database;
    const received = await withTimeout(
      answerTimeoutMs,
      'storing a webhook event',
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
    log.warn({ err: error }, 'a webhook event was not stored: the database is unavailable');
    void reply.header('retry-after', RETRY_AFTER_SECONDS);
    void answer(reply, 503, 'The event could not be stored for now. Send it again.');
  } else if (error.statusCode !== undefined && error.statusCode < 500) {
    void answer(reply, error.statusCode, error.message);
  } else {
    log.error({ err: error }, 'a webhook event was not stored');
    void answer(reply, 500, 'The event could not be stored. Send it again.');
  }
}

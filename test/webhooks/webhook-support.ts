import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Stripe } from 'stripe';
import { STRIPE_WEBHOOK_PATH } from '../../src/payments/stripe/webhook-route.js';
import { OrderSteps } from '../support/order-steps.js';
import type { Environment } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { cleanUp, openSandbox, type ReceivedWebhook, type TestSandbox } from '../support/sandbox.js';

export const SECRET = 'whsec_of_the_tests';

export const STORED = { status: 200, text: 'Stored.\n', retryAfter: null };
export const KNOWN = { status: 200, text: 'Known already.\n', retryAfter: null };
/** The events of an order whose outcome was lost. */
export const LOST = ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_ATTEMPT_FAILED'];
export const ONCE = { captures: 1, refunds: 0 };

/** A webhook request, not necessarily valid. */
export interface Letter {
  readonly payload: string;
  /** Undefined omits the header. */
  readonly signature: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

/** Sends a webhook to an application, without a token, as the gateway does. */
export async function post(url: string, letter: Letter, contentType = 'application/json'): Promise<Reply> {
  const response = await fetch(`${url}${STRIPE_WEBHOOK_PATH}`, {
    method: 'POST',
    headers: {
      'content-type': contentType,
      ...(letter.signature === undefined ? {} : { 'stripe-signature': letter.signature }),
    },
    body: letter.payload,
  });
  return {
    status: response.status,
    text: await response.text(),
    retryAfter: response.headers.get('retry-after'),
  };
}

/** A payload signed with Stripe's package. */
export function signed(
  payload: string,
  options: { readonly secret?: string; readonly ageSeconds?: number } = {},
): Letter {
  const { secret = SECRET, ageSeconds = 0 } = options;
  const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
  return { payload, signature: Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
}

/** A signed event with any object. */
export function handmadeEvent(type: string, object: object, id = `evt_${randomUUID()}`): Letter {
  return signed(JSON.stringify({ id, object: 'event', type, data: { object } }));
}

/** Receives the sandbox's webhooks, keeps them for the test, and forwards them if `forwardTo` is set. */
class Postbox {
  readonly letters: ReceivedWebhook[] = [];
  readonly replies: Reply[] = [];
  forwardTo: string | undefined;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Postbox> {
    const server = createServer((request, response) => {
      const signature = String(request.headers['stripe-signature']);
      const answer = async () => postbox.take(await text(request), signature);
      answer().then(
        (status) => response.writeHead(status).end(),
        () => response.destroy(),
      );
    });
    const postbox = new Postbox(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return postbox;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** @returns the status for the sandbox */
  private async take(payload: string, signature: string): Promise<number> {
    this.letters.push({ payload, signature, event: JSON.parse(payload) as ReceivedWebhook['event'] });
    if (this.forwardTo === undefined) return 200;
    const reply = await post(this.forwardTo, { payload, signature });
    this.replies.push(reply);
    return reply.status;
  }
}

/** Orders processed step by step, and the sandbox's webhooks for them, which a test delivers in any order. */
export class WebhookDrill {
  private constructor(
    readonly steps: OrderSteps,
    readonly sandbox: TestSandbox,
    readonly postbox: Postbox,
    /** An application with the api role. */
    readonly url: string,
  ) {}

  static async open(overrides: Environment = {}): Promise<WebhookDrill> {
    const postbox = await Postbox.open();
    try {
      const sandbox = await openSandbox({
        webhookUrl: postbox.url,
        webhookSecret: SECRET,
        webhookChaos: 0,
        webhookRetryMs: 50,
      });
      const steps = await OrderSteps.open({
        STRIPE_API_BASE: sandbox.running.url,
        STRIPE_WEBHOOK_SECRET: SECRET,
        ...overrides,
      });
      const { url } = await steps.system.start({ ROLE: 'api' });
      return new WebhookDrill(steps, sandbox, postbox, url);
    } catch (error) {
      await cleanUp();
      await postbox.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.steps.close();
    await cleanUp();
    await this.postbox.close();
  }

  async deliver(letter: Letter): Promise<Reply> {
    return post(this.url, letter);
  }

  /** Makes the next confirm succeed with its answer lost. (Stripe's package sends each request twice.) */
  async loseConfirm(): Promise<void> {
    const endpoint = 'payment_intents.confirm';
    await this.sandbox.control.addFault({ kind: 'charged_then_reset', endpoint, count: 2 });
  }

  /** An order in PAYMENT_PROCESSING, the outcome of whose charge only the gateway knows. */
  async orderWithLostOutcome(paymentMethod?: string): Promise<string> {
    const orderId = await this.steps.placeOrder(paymentMethod);
    await this.loseConfirm();
    const result = await this.steps.chargeOrder().run(orderId);
    if (result.kind !== 'retry') throw new Error(`the outcome was not lost: ${result.kind}`);
    await this.sandbox.control.clearFaults();
    return orderId;
  }

  /** Waits for the sandbox's webhook of this type for the order's payment. */
  async letter(orderId: string, type: string): Promise<ReceivedWebhook> {
    return this.letterAbout(await this.paymentIntentId(orderId), type);
  }

  async letterAbout(id: string, type: string): Promise<ReceivedWebhook> {
    return waitFor(`the webhook ${type}`, () =>
      this.postbox.letters.find(({ event }) => {
        const about = event.data.object as { id: string; payment_intent?: string };
        return event.type === type && (about.id === id || about.payment_intent === id);
      }),
    );
  }

  async paymentIntentId(orderId: string): Promise<string> {
    const [row] = await this.steps.select<{ id: string | null }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    if (row?.id == null) throw new Error(`order ${orderId} has no payment`);
    return row.id;
  }

  /** The types of the stored events, oldest first. */
  async storedEvents(): Promise<string[]> {
    const rows = await this.steps.select<{ type: string }>(
      'SELECT type FROM webhook_events ORDER BY received_at, id',
    );
    return rows.map(({ type }) => type);
  }

  /** The number of outbox messages of each kind for the order. */
  async messages(orderId: string): Promise<Record<string, number>> {
    const rows = await this.steps.select<{ kind: string; count: number }>(
      'SELECT kind, count(*)::int AS count FROM outbox_messages WHERE order_id = $1 GROUP BY kind',
      [orderId],
    );
    return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
  }

  /** What a webhook may change of an order. */
  async standing(orderId: string): Promise<object> {
    return {
      status: await this.steps.status(orderId),
      history: await this.steps.history(orderId),
      messages: await this.messages(orderId),
    };
  }

  /** The numbers of captures and refunds at the gateway. */
  async money(orderId: string): Promise<{ captures: number; refunds: number } | undefined> {
    const row = await this.sandbox.control.order(orderId);
    return row && { captures: row.captures, refunds: row.refunds };
  }
}

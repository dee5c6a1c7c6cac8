import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../../src/dev/sandbox/server.js';

const cleanups: (() => Promise<void>)[] = [];

/** Call this after each test: stops what it started, in reverse order. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function stripeClient(port: number, settings: { key?: string; timeout?: number } = {}): Stripe {
  return new Stripe(settings.key ?? 'sk_test_sandbox', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: settings.timeout ?? 10_000,
  });
}

interface LedgerRow {
  orderId: string;
  orderKey: string | null;
  captured: number;
  refunded: number;
  currency: string;
  captures: number;
  refunds: number;
}

/** The sandbox's control endpoints. */
export class Control {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const headers = { 'content-type': 'application/json' };
    const payload = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const response = await fetch(`${this.#url}/_sandbox/${path}`, { method, ...payload });
    return { status: response.status, body: await response.json() };
  }

  /** Presses a button of the bank's page. */
  answerBank(paymentIntent: string, outcome: string): Promise<{ status: number; body: unknown }> {
    return this.call('POST', 'authenticate', { paymentIntent, outcome });
  }

  async addFault(fault: object): Promise<void> {
    const { status, body } = await this.call('POST', 'faults', fault);
    if (status !== 200) throw new Error(JSON.stringify(body));
  }

  async faults(): Promise<{ kind: string; struck: number }[]> {
    return ((await this.call('GET', 'faults')).body as { faults: { kind: string; struck: number }[] }).faults;
  }

  async clearFaults(): Promise<void> {
    await this.call('DELETE', 'faults');
  }

  async ledger(query = ''): Promise<{ orders: LedgerRow[]; hasMore: boolean }> {
    return (await this.call('GET', `ledger${query}`)).body as { orders: LedgerRow[]; hasMore: boolean };
  }

  async order(orderId: string): Promise<LedgerRow | undefined> {
    return (await this.ledger(`?order=${orderId}`)).orders[0];
  }

  async requests(query = ''): Promise<Record<string, number>> {
    const { body } = await this.call('GET', `requests${query}`);
    return (body as { requests: Record<string, number> }).requests;
  }
}

export interface TestSandbox {
  readonly running: RunningSandbox;
  readonly directory: string;
  readonly stripe: Stripe;
  readonly control: Control;
}

/** Starts a sandbox in this process on a free port, by default with an empty directory of its own. */
export async function openSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const directory = options.dataDirectory ?? (await newDirectory());
  const running = await startSandbox({ ...options, dataDirectory: directory });
  cleanups.push(() => running.close());
  return {
    running,
    directory,
    stripe: stripeClient(running.port),
    control: new Control(running.url),
  };
}

/** The error a promise is rejected with, as Stripe's own error. */
export async function stripeError(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw new Error(`expected a StripeError, got ${String(error)}`);
}

/** Parameters of a PaymentIntent with a valid card. */
export function payment(orderId: string, more: object = {}): Stripe.PaymentIntentCreateParams {
  return {
    amount: 1250,
    currency: 'eur',
    payment_method: 'pm_card_visa',
    allowed_payment_method_types: ['card'],
    metadata: { order_id: orderId },
    ...more,
  };
}

/** Parameters of a PaymentIntent that is confirmed at once, and waits for its customer. */
export function waitingPayment(more: object = {}): Stripe.PaymentIntentCreateParams {
  return payment('order-1', { payment_method: 'pm_card_threeDSecure2Required', confirm: true, ...more });
}

/** The bank's page, to which an intent sends its customer. */
export function bankPageOf(intent: Stripe.PaymentIntent): string {
  const url = intent.next_action?.redirect_to_url?.url ?? undefined;
  if (url === undefined) throw new Error(`${intent.id} sends its customer nowhere: it is ${intent.status}`);
  return url;
}

/** The types of received events, sorted, as they may arrive in any order. */
export function typesOf(received: readonly ReceivedWebhook[]): string[] {
  return received.map(({ event }) => event.type).sort();
}

export interface ReceivedWebhook {
  readonly payload: string;
  readonly signature: string;
  readonly event: { id: string; type: string; data: { object: { id: string; status?: string } } };
}

/** A server that receives webhooks and answers with the status of `respond`. */
export async function openReceiver(
  respond: (received: readonly ReceivedWebhook[]) => number = () => 200,
): Promise<{ url: string; received: ReceivedWebhook[] }> {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((payload) => {
      const signature = request.headers['stripe-signature'];
      received.push({
        payload,
        signature: typeof signature === 'string' ? signature : '',
        event: JSON.parse(payload) as ReceivedWebhook['event'],
      });
      response.writeHead(respond(received)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/webhooks`, received };
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text;
}

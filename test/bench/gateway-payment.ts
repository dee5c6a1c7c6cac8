import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';

/** A payment's two calls to the gateway with the system's package, and nothing else. */
export class GatewayPayment {
  private readonly stripe: Stripe;

  constructor(apiBase: string) {
    const { hostname: host, port } = new URL(apiBase);
    this.stripe = new Stripe('sk_test_sandbox', {
      host,
      port: Number(port),
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  /** @throws if it does not succeed */
  async pay(): Promise<void> {
    const key = randomUUID();
    const intent = await this.stripe.paymentIntents.create(
      {
        amount: 5_000,
        currency: 'eur',
        payment_method: 'pm_card_visa',
        allowed_payment_method_types: ['card'],
        metadata: { order_id: randomUUID() },
      },
      { idempotencyKey: key },
    );
    const confirmed = await this.stripe.paymentIntents.confirm(
      intent.id,
      { error_on_requires_action: true },
      { idempotencyKey: `${key}-confirm-1` },
    );
    if (confirmed.status !== 'succeeded') throw new Error(`a payment is ${confirmed.status}`);
  }
}

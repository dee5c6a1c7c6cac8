import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';
import { Subject } from '../subject.js';

/** A payment's two calls through the same package, and nothing else. Asked to go on for so long, it answers with payments a second. */
const { hostname: host, port } = new URL(process.env.STRIPE_API_BASE);
const stripe = new Stripe('sk_test_sandbox', {
  host,
  port: Number(port),
  protocol: 'http',
  maxNetworkRetries: 0,
  telemetry: false,
});

Subject.serve(async ({ concurrency, durationMs }) => {
  const start = performance.now();
  let paid = 0;
  const loop = async () => {
    while (performance.now() - start < durationMs) {
      const key = randomUUID();
      const intent = await stripe.paymentIntents.create(
        {
          amount: 5_000,
          currency: 'eur',
          payment_method: 'pm_card_visa',
          allowed_payment_method_types: ['card'],
          metadata: { order_id: randomUUID() },
        },
        { idempotencyKey: key },
      );
      const confirmed = await stripe.paymentIntents.confirm(
        intent.id,
        { error_on_requires_action: true },
        { idempotencyKey: `${key}-confirm-1` },
      );
      if (confirmed.status !== 'succeeded') throw new Error(`a payment is ${confirmed.status}`);
      paid += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return (paid * 1_000) / (performance.now() - start);
});

import { GatewayPayment } from '../gateway-payment.js';
import { serve } from '../subject.js';

/** How many payments at a time, and for how long. */
export interface Payments {
  readonly concurrency: number;
  readonly durationMs: number;
}

/** Payments through the same package, and nothing else. It answers with payments a second. */
const gateway = new GatewayPayment(process.env['STRIPE_API_BASE'] ?? '');

serve(async (question) => {
  const { concurrency, durationMs } = question as Payments;
  const start = performance.now();
  let paid = 0;
  const loop = async () => {
    while (performance.now() - start < durationMs) {
      await gateway.pay();
      paid += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return (paid * 1_000) / (performance.now() - start);
});

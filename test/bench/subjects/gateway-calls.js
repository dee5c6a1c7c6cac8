import { GatewayPayment } from '../gateway-payment.js';
import { Subject } from '../subject.js';

/** Payments through the same package, and nothing else. Asked to go on for so long, it answers with payments a second. */
const gateway = new GatewayPayment(process.env.STRIPE_API_BASE);

Subject.serve(async ({ concurrency, durationMs }) => {
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

import type { CircuitBreaker } from './circuit-breaker.js';
import { GatewayUnavailableError, type PaymentGateway } from '../payment-gateway.js';

/**
 * The same gateway; what becomes of each request is told to the breaker. A request that is refused for what stands in
 * it says nothing of the gateway's health, neither good nor bad: one customer's orders can't stop the others', nor
 * hide an outage.
 */
export function observed(gateway: PaymentGateway, breaker: CircuitBreaker): PaymentGateway {
  const tell = async <T>(request: Promise<T>): Promise<T> => {
    try {
      const answer = await request;
      if (!isAboutRequest(answer)) breaker.succeeded();
      return answer;
    } catch (error) {
      if (error instanceof GatewayUnavailableError && error.isUnhealthy) breaker.failed();
      throw error;
    }
  };
  return {
    createPaymentIntent: (input) => tell(gateway.createPaymentIntent(input)),
    confirmPaymentIntent: (id, key) => tell(gateway.confirmPaymentIntent(id, key)),
    retrievePaymentIntent: (id) => tell(gateway.retrievePaymentIntent(id)),
    cancelPaymentIntent: (id) => tell(gateway.cancelPaymentIntent(id)),
    refund: (id, key) => tell(gateway.refund(id, key)),
    retrieveRefundStatus: (id, amount) => tell(gateway.retrieveRefundStatus(id, amount)),
    ping: (timeoutMs) => tell(gateway.ping(timeoutMs)),
  };
}

function isAboutRequest(answer: unknown): boolean {
  const { status } = (typeof answer === 'object' && answer !== null ? answer : {}) as {
    readonly status?: unknown;
  };
  return status === 'refused' || status === 'unknown';
}

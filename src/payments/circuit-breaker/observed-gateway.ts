import type { CircuitBreaker } from './circuit-breaker.js';
import { GatewayUnavailableError, type PaymentGateway } from '../payment-gateway.js';

/**
 * The gateway, with each result reported to the circuit breaker. A refusal of one request says nothing about the
 * gateway's health, good or bad: one customer's orders can neither stop the others' nor hide an outage.
 */
export function observed(gateway: PaymentGateway, breaker: CircuitBreaker): PaymentGateway {
  const report = async <T>(request: Promise<T>): Promise<T> => {
    try {
      const answer = await request;
      if (!isRefusal(answer)) breaker.succeeded();
      return answer;
    } catch (error) {
      if (error instanceof GatewayUnavailableError && error.isUnhealthy) breaker.failed();
      throw error;
    }
  };
  return {
    createPaymentIntent: (input) => report(gateway.createPaymentIntent(input)),
    confirmPaymentIntent: (id, confirmation) => report(gateway.confirmPaymentIntent(id, confirmation)),
    retrievePaymentIntent: (id) => report(gateway.retrievePaymentIntent(id)),
    cancelPaymentIntent: (id) => report(gateway.cancelPaymentIntent(id)),
    refund: (id, key) => report(gateway.refund(id, key)),
    retrieveRefundStatus: (id, amount) => report(gateway.retrieveRefundStatus(id, amount)),
    ping: (timeoutMs) => report(gateway.ping(timeoutMs)),
  };
}

function isRefusal(answer: unknown): boolean {
  const { status } = (typeof answer === 'object' && answer !== null ? answer : {}) as {
    readonly status?: unknown;
  };
  return status === 'refused' || status === 'unknown';
}

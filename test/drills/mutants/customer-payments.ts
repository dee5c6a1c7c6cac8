import type { Mutant, Patch } from './mutant.js';

/** Customers then come too late, and can still pay by the payment that the order has given up. */
const NOT_CANCELLED: Patch = {
  file: 'src/payments/charge-order.ts',
  find: 'return this.cancel(intent.id);',
  replace: "return { ...intent, status: 'cancelled' };",
};

/** Defects in payments that need the customer, and in those that are made again. */
export const CUSTOMER_PAYMENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'limit-without-cancelling',
    what: 'When the time for authenticating a payment is up, the order fails, and the payment stays open at the gateway.',
    patches: [NOT_CANCELLED],
    faults: [],
    orders: 300,
    breaks: [4],
  },
  {
    name: 'pay-again-beside-open-payment',
    what: 'An order is paid again by a new PaymentIntent, while the one before is still open.',
    patches: [
      NOT_CANCELLED,
      {
        file: 'src/payments/prepare-payment.ts',
        find: 'const previous = await this.gateway.cancelPaymentIntent(previousId);',
        replace: "const previous = { status: 'cancelled' };",
      },
    ],
    faults: [],
    orders: 300,
    breaks: [4],
  },
  {
    name: 'client-believed',
    what: 'An order is confirmed because its customer says that the payment is authenticated.',
    patches: [
      {
        file: 'src/payments/complete-payment-action.ts',
        find: "import { lookAtAction } from './customer-action.js';",
        replace: "import { OrderTransitions } from '../orders/transition-order.js';",
      },
      {
        file: 'src/payments/complete-payment-action.ts',
        find: 'private readonly relayWakeUp: RelayWakeUp,',
        replace:
          'private readonly transitions: OrderTransitions,\n    private readonly relayWakeUp: RelayWakeUp,',
      },
      {
        file: 'src/payments/complete-payment-action.ts',
        find: '(await lookAtAction(this.database, order.id))',
        replace:
          '(await this.transitions.apply({\n' +
          "        orderId: order.id, from: order, actor: 'customer', type: 'PAYMENT_SUCCEEDED',\n" +
          '      })) !== undefined',
      },
    ],
    faults: [],
    orders: 300,
    breaks: [4],
  },
];

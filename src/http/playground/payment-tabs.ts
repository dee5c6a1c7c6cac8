import type { Tab } from './tab.js';

/** Payments that need their customer, or are made again. */
export const PAYMENT_TABS: readonly Tab[] = [
  {
    name: 'Payment action',
    as: 'customer',
    query: `# What the order created last waits for. To see an action, create an order that is paid with
# pm_card_threeDSecure2Required. A shop's page hands clientSecret to stripe.handleNextAction(). Here the sandbox
# stands in for the bank: open <payments>/bank/<payment>?client_secret=<clientSecret>. npm start prints <payments>,
# and <payment> is what clientSecret has before _secret_.
query PaymentAction($orderId: ID!) {
  order(id: $orderId) {
    status
    paymentAction { clientSecret expiresAt }
    delay { since nextAttemptAt waitsForOperator }
    failure { code message }
    payable
    cancellable
  }
}`,
    variables: { orderId: '{{orderId}}' },
  },
  {
    name: 'Complete the action',
    as: 'customer',
    query: `# The customer is back from the bank: the gateway is asked at once. The Watch tab shows the outcome.
mutation CompletePaymentAction($orderId: ID!) {
  completePaymentAction(orderId: $orderId) {
    __typename
    ... on CompletePaymentActionSuccess {
      order { id status version }
    }
    ... on OrderError {
      code
      message
    }
  }
}`,
    variables: { orderId: '{{orderId}}' },
  },
  {
    name: 'Pay again',
    as: 'customer',
    query: `# Pays the order created last again, if its payment has failed (pm_card_chargeDeclined is declined).
# Sent again with the same key, it answers with replayed: true. Change the key to pay once more.
mutation PayOrder($input: PayOrderInput!) {
  payOrder(input: $input) {
    __typename
    ... on PayOrderSuccess {
      replayed
      order { id status version }
    }
    ... on OrderError {
      code
      message
    }
    ... on OrderNotPayable {
      status
    }
  }
}`,
    variables: {
      input: { orderId: '{{orderId}}', idempotencyKey: 'pay-{{orderId}}', paymentMethod: 'pm_card_visa' },
    },
  },
];

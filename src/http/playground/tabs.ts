import { CATALOGUE_TABS } from './catalogue-tabs.js';
import { OPERATOR_TABS } from './operator-tabs.js';
import { PAYMENT_TABS } from './payment-tabs.js';
import type { Tab } from './tab.js';

/** The input of the create tab, which the retry tab repeats. */
function orderInput(idempotencyKey: string) {
  return {
    idempotencyKey,
    items: [
      { sku: 'cup-espresso', quantity: 2 },
      { sku: 'beans-espresso-1kg', quantity: 1 },
    ],
    paymentMethod: 'pm_card_visa',
  };
}

const CREATED = `__typename
    ... on CreateOrderSuccess {
      replayed
      order {
        id
        status
        idempotencyKey
        total { amount currency }
      }
    }
    ... on OrderError {
      code
      message
    }`;

const REMEMBER_ORDER = `// Stores the order for the next tabs. (Altair runs this after its own schema query, too.)
const { data } = JSON.parse(altair.response.body);
const order = data?.createOrder?.order;
if (order) {
  altair.helpers.setEnvironment('orderId', order.id, true);
  altair.helpers.setEnvironment('idempotencyKey', order.idempotencyKey, true);
}`;

/** The create tab shows the idempotency key itself, so that it can be changed. */
function orderTabs(newIdempotencyKey: string): readonly Tab[] {
  return [
    {
      name: 'Create order',
      as: 'customer',
      query: `# Press Send Request. Then open the next tabs, which use this order.
# For another order, change the idempotency key below, or reload the page.
mutation CreateOrder($input: CreateOrderInput!) {
  createOrder(input: $input) {
    ${CREATED}
  }
}`,
      variables: { input: orderInput(newIdempotencyKey) },
      afterResponse: REMEMBER_ORDER,
    },
    {
      name: 'Watch',
      as: 'customer',
      query: `# Press Send Request: all events of the order created last, and new ones as they happen.
# To watch another order, put its id into the variables below.
subscription Watch($orderId: ID!, $afterVersion: Int) {
  orderEvents(orderId: $orderId, afterVersion: $afterVersion) {
    version
    type
    previousStatus
    status
    detail
    occurredAt
  }
}`,
      variables: { orderId: '{{orderId}}', afterVersion: 0 },
    },
    {
      name: 'Retry with the same key',
      as: 'customer',
      query: `# The same key and input again, as after a lost response: the same order, with replayed: true.
# Other input under the same key is answered with IdempotencyKeyReused.
mutation RetryOrder($input: CreateOrderInput!) {
  createOrder(input: $input) {
    ${CREATED}
  }
}`,
      variables: { input: orderInput('{{idempotencyKey}}') },
    },
  ];
}

const CANCEL_ORDER: Tab = {
  name: 'Cancel order',
  as: 'customer',
  query: `# Cancels the order created last. If it was charged, it is refunded: the Watch tab shows it.
mutation CancelOrder($input: CancelOrderInput!) {
  cancelOrder(input: $input) {
    __typename
    ... on CancelOrderSuccess {
      order { id status version }
    }
    ... on OrderError {
      code
      message
    }
  }
}`,
  variables: { input: { orderId: '{{orderId}}', reason: 'Ordered by mistake.' } },
};

const LIST_ORDERS: Tab = {
  name: 'List orders',
  as: 'customer',
  query: `# The customer's own orders, newest first.
query ListOrders($first: Int, $after: String, $status: [OrderStatus!]) {
  orders(first: $first, after: $after, status: $status) {
    totalCount
    edges {
      node {
        id
        status
        idempotencyKey
        createdAt
        total { amount currency }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
  variables: { first: 10 },
};

/**
 * The tabs from left to right. Altair replaces {{names}} by the values of its environment (top right): orderId and
 * idempotencyKey are those of the order created last, deadLetterId and discrepancyId are the oldest of those listed
 * last.
 */
export function tabs(newIdempotencyKey: string): readonly Tab[] {
  return [
    ...orderTabs(newIdempotencyKey),
    ...PAYMENT_TABS,
    CANCEL_ORDER,
    LIST_ORDERS,
    ...CATALOGUE_TABS,
    ...OPERATOR_TABS,
  ];
}

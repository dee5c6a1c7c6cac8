import { CATALOGUE_TABS } from './catalogue-tabs.js';
import { OPERATOR_TABS } from './operator-tabs.js';
import type { Tab } from './tab.js';

/** What the create tab sends; the retry tab sends it again. */
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

const REMEMBER_ORDER = `// Lets the next tabs go on with this order. (Altair runs this after its own schema query, too.)
const { data } = JSON.parse(altair.response.body);
const order = data?.createOrder?.order;
if (order) {
  altair.helpers.setEnvironment('orderId', order.id, true);
  altair.helpers.setEnvironment('idempotencyKey', order.idempotencyKey, true);
}`;

/** The way of one order. Its key is in the create tab to be seen and changed. */
function orderTabs(newIdempotencyKey: string): readonly Tab[] {
  return [
    {
      name: 'Create order',
      as: 'customer',
      query: `# Press Send Request. Then open the next tabs: they go on with this order.
# For another order, change the idempotency key below, or reload the page.
mutation CreateOrder($input: CreateOrderInput!) {
  createOrder(input: $input) {
    ${CREATED}
  }
}`,
      variables: { input: orderInput(newIdempotencyKey) },
      afterAnswer: REMEMBER_ORDER,
    },
    {
      name: 'Watch',
      as: 'customer',
      query: `# Press Send Request: the events of the order that was created last, from its first one on.
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
      query: `# The same key and the same input again, as after a lost answer: the same order, with replayed: true.
# With other input under the same key, the answer is IdempotencyKeyReused.
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
  query: `# Cancels the order that was created last. Its money, if any was taken, is returned: the Watch tab shows it.
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
 * The tabs from left to right. Altair puts the values of its environment (top right) in the place of {{names}};
 * orderId and idempotencyKey are those of the order that was created last, deadLetterId is one that was listed.
 */
export function tabs(newIdempotencyKey: string): readonly Tab[] {
  return [...orderTabs(newIdempotencyKey), CANCEL_ORDER, LIST_ORDERS, ...CATALOGUE_TABS, ...OPERATOR_TABS];
}

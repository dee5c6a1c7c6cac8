import type { Tab } from './tab.js';

const DEAD_LETTER = `id
      state
      task
      attempts
      error
      resolvedBy
      reason
      order { id status }`;

const DEAD_LETTER_RESULT = `__typename
    ... on DeadLetterSuccess {
      deadLetter {
        id
        state
        resolvedBy
        order { id status }
      }
    }
    ... on OrderError {
      code
      message
    }`;

const REMEMBER_DEAD_LETTER = `// Stores the oldest dead letter of this page for the next tabs.
const { data } = JSON.parse(altair.response.body);
const oldest = data?.deadLetters?.edges.at(-1);
if (oldest) altair.helpers.setEnvironment('deadLetterId', oldest.node.id, true);`;

const DISCREPANCY = `id
      kind
      state
      gatewayPaymentId
      expected { amount currency }
      found { amount currency }
      detail
      resolvedBy
      reason
      order { id status }`;

const REMEMBER_DISCREPANCY = `// Stores the oldest discrepancy of this page for the next tab.
const { data } = JSON.parse(altair.response.body);
const oldest = data?.paymentDiscrepancies?.edges.at(-1);
if (oldest) altair.helpers.setEnvironment('discrepancyId', oldest.node.id, true);`;

export const OPERATOR_TABS: readonly Tab[] = [
  {
    name: 'Dead letters',
    as: 'operator',
    query: `# Work that automatic retries could not finish, newest first. The next tabs use the oldest of this page.
# state: OPEN, RETRIED or DISCARDED; null for all of them.
query DeadLetterQueries($first: Int, $after: String, $state: DeadLetterState) {
  deadLetters(first: $first, after: $after, state: $state) {
    totalCount
    edges {
      node {
        ${DEAD_LETTER.replaceAll('\n', '\n  ')}
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { first: 10, state: 'OPEN' },
    afterResponse: REMEMBER_DEAD_LETTER,
  },
  {
    name: 'Retry a dead letter',
    as: 'operator',
    query: `# Puts the work back into the queue. For all open ones at once: mutation { retryAllDeadLetters(limit: 100) }
mutation RetryDeadLetter($id: ID!) {
  retryDeadLetter(id: $id) {
    ${DEAD_LETTER_RESULT}
  }
}`,
    variables: { id: '{{deadLetterId}}' },
  },
  {
    name: 'Discard a dead letter',
    as: 'operator',
    query: `# Gives up the work, if the payment gateway confirms that no money is held for the order.
mutation DiscardDeadLetter($id: ID!, $reason: String!) {
  discardDeadLetter(id: $id, reason: $reason) {
    ${DEAD_LETTER_RESULT}
  }
}`,
    variables: { id: '{{deadLetterId}}', reason: 'The customer was called.' },
  },
  {
    name: 'Payment discrepancies',
    as: 'operator',
    query: `# Where the payment gateway's books and the orders differ, newest first. The next tab uses the oldest of this page.
# state: OPEN or RESOLVED; null for both.
query PaymentDiscrepancies($first: Int, $after: String, $state: DiscrepancyState) {
  paymentDiscrepancies(first: $first, after: $after, state: $state) {
    totalCount
    edges {
      node {
        ${DISCREPANCY.replaceAll('\n', '\n  ')}
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { first: 10, state: 'OPEN' },
    afterResponse: REMEMBER_DISCREPANCY,
  },
  {
    name: 'Resolve a discrepancy',
    as: 'operator',
    query: `# REFUND returns money that is held without an order for it; ACCEPT only closes the discrepancy.
mutation ResolvePaymentDiscrepancy($id: ID!, $action: DiscrepancyAction!, $reason: String!) {
  resolvePaymentDiscrepancy(id: $id, action: $action, reason: $reason) {
    __typename
    ... on PaymentDiscrepancySuccess {
      discrepancy {
        id
        state
        resolvedBy
        order { id status }
      }
    }
    ... on OrderError {
      code
      message
    }
  }
}`,
    variables: { id: '{{discrepancyId}}', action: 'ACCEPT', reason: 'The bank has confirmed it.' },
  },
  {
    name: 'System status',
    as: 'operator',
    query: `# Responds within 2 seconds, whatever is down.
query SystemStatus {
  systemStatus {
    database
    redis
    paymentGateway
    outbox { pending oldestPendingAgeSeconds }
    queue { waiting active delayed throttledSeconds }
    openDeadLetters
    openPaymentDiscrepancies
    missingOrders
    notices
  }
}`,
  },
];

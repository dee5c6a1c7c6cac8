import type {
  FinalAnswers,
  FinalDeadLetter,
  FinalDiscrepancy,
  FinalOrder,
  HistoryEntry,
} from '../evidence.js';
import { inParallel } from './in-parallel.js';
import type { Observed } from './observed.js';
import { PublicApi } from './public-api.js';

/** Everything is healed by now, but a request over an old connection may still fail once. */
const LIMITS = { timeoutMs: 15_000, rounds: 3 };
const PAGE = 100;
const AT_ONCE = 16;
const LONGEST_KEY = 255;
const STATES = ['OPEN', 'RETRIED', 'DISCARDED'] as const;

const MONEY = '{ amount currency }';
const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';
const ORDERS = `query ($after: String) { page: orders(first: ${PAGE}, after: $after) { edges { node {
  id status version idempotencyKey createdAt total ${MONEY} failure { code message }
  items { sku quantity unitPrice ${MONEY} lineTotal ${MONEY} }
  events(afterVersion: 0) { orderId version type status previousStatus detail occurredAt }
} } ${PAGE_INFO} } }`;
const LISTED = `query ($after: String) {
  page: orders(first: ${PAGE}, after: $after) { edges { node { id } } ${PAGE_INFO} } }`;
const DEAD_LETTERS = `query ($after: String, $state: DeadLetterState) {
  page: deadLetters(first: ${PAGE}, after: $after, state: $state) {
    edges { node { id task state reason order { id } } } ${PAGE_INFO} } }`;
const DISCREPANCIES = `query ($after: String) {
  page: paymentDiscrepancies(first: ${PAGE}, after: $after, state: null) {
    edges { node { id kind state gatewayPaymentId } } ${PAGE_INFO} } }`;
const BY_KEY = 'query ($key: String!) { order: orderByIdempotencyKey(idempotencyKey: $key) { id } }';

interface Page<Node> {
  readonly page: {
    readonly edges: readonly { readonly node: Node }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** Reads everything from the public API when all is at rest. */
export async function readFinalAnswers(
  system: Pick<Observed, 'directApiUrls' | 'token'>,
  history: readonly HistoryEntry[],
): Promise<FinalAnswers> {
  const api = new PublicApi(system.directApiUrls, (subject, roles) => system.token(subject, roles));
  const orders = await allOf((after) => api.asOperator<Page<FinalOrder>>(ORDERS, { after }, LIMITS));
  const sent = sentKeys(history);
  const customers = [...new Set(sent.map(({ customer }) => customer))];
  const lists = await inParallel(AT_ONCE, customers, async (customer) => ({
    customer,
    nodes: await allOf((after) => api.asCustomer<Page<{ id: string }>>(customer, LISTED, { after }, LIMITS)),
  }));
  const byKey = await inParallel(AT_ONCE, sent, async ({ customer, key }) => {
    const variables = { key };
    const { order } = await api.asCustomer<{ order: { id: string } | null }>(
      customer,
      BY_KEY,
      variables,
      LIMITS,
    );
    return { customer, key, orderId: order?.id ?? null };
  });
  const deadLetters = await inParallel(1, STATES, (state) =>
    allOf((after) => api.asOperator<Page<FinalDeadLetter>>(DEAD_LETTERS, { after, state }, LIMITS)),
  );
  return {
    orders,
    listed: Object.fromEntries(lists.map(({ customer, nodes }) => [customer, nodes.map(({ id }) => id)])),
    byKey,
    deadLetters: deadLetters.flat(),
    discrepancies: await allOf((after) =>
      api.asOperator<Page<FinalDiscrepancy>>(DISCREPANCIES, { after }, LIMITS),
    ),
  };
}

/** Every valid key that was ever sent, once for each customer. */
function sentKeys(history: readonly HistoryEntry[]): { customer: string; key: string }[] {
  const keys = new Map<string, { customer: string; key: string }>();
  for (const entry of history) {
    if (entry.type !== 'invoke' || entry.operation.name !== 'createOrder') continue;
    const { customer, operation } = entry;
    const { key } = operation;
    if (key.length <= LONGEST_KEY) keys.set(JSON.stringify([customer, key]), { customer, key });
  }
  return [...keys.values()];
}

async function allOf<Node>(read: (after: string | null) => Promise<Page<Node>>): Promise<Node[]> {
  const nodes: Node[] = [];
  let after: string | null = null;
  do {
    const { page }: Page<Node> = await read(after);
    nodes.push(...page.edges.map(({ node }) => node));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return nodes;
}

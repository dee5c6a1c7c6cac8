import type { Database } from '../../../platform/database/database.js';
import type { DiscrepancyKind } from '../discrepancy.js';
import type { Compared } from './compare-all.js';

const PAGE_SIZE = 500;

interface OpenDiscrepancy {
  readonly id: string;
  readonly kind: DiscrepancyKind;
  readonly gatewayPaymentId: string;
  readonly orderId: string | null;
  readonly expectedAmount: number | null;
  readonly expectedCurrency: string | null;
  readonly foundAmount: number | null;
  readonly foundCurrency: string | null;
  readonly detail: string;
  readonly detectedAt: Date;
}

export interface ReportOptions {
  readonly json: boolean;
  readonly since: Date;
  readonly compared: Compared;
  /** Waits for a slow reader. */
  readonly write: (text: string) => Promise<void>;
}

/**
 * Prints all open discrepancies, oldest first.
 * @returns how many
 * @throws what the database throws
 */
export async function report(database: Database, options: ReportOptions): Promise<number> {
  const { json, since, compared, write } = options;
  if (json) await write(`{"since":${JSON.stringify(since)},"compared":${JSON.stringify(compared)},"open":[`);
  let count = 0;
  for await (const discrepancy of openDiscrepancies(database)) {
    await write(json ? `${count === 0 ? '' : ','}\n${JSON.stringify(discrepancy)}` : lineOf(discrepancy));
    count += 1;
  }
  if (json) await write(`${count === 0 ? '' : '\n'}]}\n`);
  else await write(count === 0 ? 'No discrepancies.\n' : `${count} open.\n`);
  return count;
}

async function* openDiscrepancies(database: Database): AsyncGenerator<OpenDiscrepancy> {
  let page: OpenDiscrepancy[];
  let afterId = '00000000-0000-0000-0000-000000000000';
  do {
    page = await database.$queryRaw<OpenDiscrepancy[]>`/* open-discrepancies */
      SELECT id::text AS id, kind, gateway_payment_id AS "gatewayPaymentId", order_id::text AS "orderId",
        expected_amount AS "expectedAmount", expected_currency::text AS "expectedCurrency",
        found_amount AS "foundAmount", found_currency::text AS "foundCurrency", detail, detected_at AS "detectedAt"
      FROM payment_discrepancies WHERE state = 'OPEN' AND id > ${afterId}::uuid ORDER BY id LIMIT ${PAGE_SIZE}::int`;
    yield* page;
    afterId = page.at(-1)?.id ?? afterId;
  } while (page.length === PAGE_SIZE);
}

function lineOf(discrepancy: OpenDiscrepancy): string {
  const { kind, gatewayPaymentId, orderId, detail, detectedAt } = discrepancy;
  const order = orderId === null ? 'no order' : `order ${orderId}`;
  const expected = shown(discrepancy.expectedAmount, discrepancy.expectedCurrency);
  const found = shown(discrepancy.foundAmount, discrepancy.foundCurrency);
  return `${detectedAt.toISOString()} ${kind} ${gatewayPaymentId} ${order}: expected ${expected}, found ${found}. ${detail}\n`;
}

/** In the currency's minor unit. */
function shown(amount: number | null, currency: string | null): string {
  return amount === null || currency === null ? 'nothing' : `${amount} ${currency}`;
}

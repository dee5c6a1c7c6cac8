import { Injectable } from '@nestjs/common';
import { DiscrepancyKind } from '../../generated/prisma/enums.js';
import { Database } from '../../platform/database/database.js';

/** Commits since `from` may be lost, and are being compared with the gateway. */
export interface DatabaseGap {
  readonly from: Date;
  /** How it was noticed: one clause, such as "it is on timeline 2 and was on 1". */
  readonly reason: string | null;
}

/** How the gateway's books and the orders stand to each other. */
export interface BooksReport {
  /** Open payment discrepancies, for every kind. */
  readonly open: Readonly<Record<DiscrepancyKind, number>>;
  /** Orders that something names and that are not stored here. */
  readonly missingOrders: number;
  readonly gap: DatabaseGap | null;
}

/** How many payment discrepancies are open, of all kinds together. */
export function openIn({ open }: BooksReport): number {
  return Object.values(open).reduce((sum, count) => sum + count, 0);
}

interface Row {
  readonly open: Readonly<Partial<Record<DiscrepancyKind, number>>>;
  readonly missingOrders: number;
  readonly gapFrom: Date | null;
  readonly gapReason: string | null;
}

/** Reads what operators should know about payments and lost commits. Changes nothing. */
@Injectable()
export class BooksStatus {
  constructor(private readonly database: Database) {}

  /** @throws what the database throws */
  async read(): Promise<BooksReport> {
    const [row] = await this.database.$queryRaw<Row[]>`/* books-status */
      SELECT (SELECT coalesce(jsonb_object_agg(kind, count), '{}') FROM (
          SELECT kind, count(*) FROM payment_discrepancies WHERE state = 'OPEN' GROUP BY kind) k) AS open,
        (SELECT count(*)::int FROM missing_orders) AS "missingOrders",
        (SELECT gap_from FROM database_marker) AS "gapFrom", (SELECT gap_reason FROM database_marker) AS "gapReason"`;
    if (row === undefined) throw new Error('books-status returned no row');
    const { open, missingOrders, gapFrom, gapReason } = row;
    const kinds = Object.values(DiscrepancyKind);
    return {
      open: Object.fromEntries(kinds.map((kind) => [kind, open[kind] ?? 0])) as BooksReport['open'],
      missingOrders,
      gap: gapFrom === null ? null : { from: gapFrom, reason: gapReason },
    };
  }
}

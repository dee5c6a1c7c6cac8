import { Prisma } from '../generated/prisma/client.js';

/** What an operator did. */
export interface Act {
  /** The operator's sub. */
  readonly actor: string;
  /** The mutation's name. */
  readonly action: string;
  /** An order's or dead letter's id, a SKU. */
  readonly target: string;
  /** In the operator's own words; null where none were asked for. */
  readonly reason: string | null;
  /** One plain sentence: what changed, from what to what. */
  readonly detail: string;
}

/**
 * The entry of an act, to be written by the act's own statement: it selects from `moved`, which has a row where the act
 * takes place, and none otherwise. So no act is without its entry, and no entry tells of what was refused.
 */
export function auditEntry({ actor, action, target, reason, detail }: Act): {
  readonly name: string;
  readonly sql: Prisma.Sql;
} {
  return {
    name: 'audit',
    sql: Prisma.sql`INSERT INTO audit_log (actor, action, target, reason, detail)
      SELECT ${actor}::text, ${action}::text, ${target}::text, ${reason}::text, ${detail}::text FROM moved`,
  };
}

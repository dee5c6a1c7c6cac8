import { Prisma } from '../generated/prisma/client.js';

/** A mutation by an operator. */
export interface OperatorAction {
  /** The operator's `sub`. */
  readonly actor: string;
  /** The mutation's name. */
  readonly action: string;
  /** The id of an order, a dead letter or a payment discrepancy, or a SKU. */
  readonly target: string;
  /** In the operator's own words; null for a mutation without a reason. */
  readonly reason: string | null;
  /** One sentence that says what has changed, with old and new values. */
  readonly detail: string;
}

/**
 * Inserts the audit log entry in the statement of the action itself, so that both commit or neither does. The statement
 * needs a CTE `moved` that has one row where the action is applied, and none otherwise.
 */
export function auditEntry({ actor, action, target, reason, detail }: OperatorAction): {
  readonly name: string;
  readonly sql: Prisma.Sql;
} {
  return {
    name: 'audit',
    sql: Prisma.sql`INSERT INTO audit_log (actor, action, target, reason, detail)
      SELECT ${actor}::text, ${action}::text, ${target}::text, ${reason}::text, ${detail}::text FROM moved`,
  };
}

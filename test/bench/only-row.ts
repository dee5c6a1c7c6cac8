import type { QueryResult, QueryResultRow } from 'pg';

/** The row of a query that always finds one. */
export function onlyRow<Row extends QueryResultRow>({ rows: [row] }: QueryResult<Row>): Row {
  if (row === undefined) throw new Error('a query found no row');
  return row;
}

import { databaseUrlOf } from '../platform/database/database-url.js';
import { schemaSql } from '../platform/database/migrate.js';

/** Prints the SQL that makes the tables of prisma/schema.prisma: the tests compare them with the migrated ones. */
const sql = await schemaSql(databaseUrlOf(process.env));
// The engine leaves a timer behind that would keep the process for 10 s, so the end is explicit.
process.stdout.write(sql, () => process.exit(0));

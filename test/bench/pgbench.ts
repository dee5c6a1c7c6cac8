import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createOrdersStatement } from '../../src/orders/create/create-orders.js';
import { newInput } from './load.js';

const KEY = 'the-idempotency-key';

export interface PgbenchOptions {
  /** The URL of the database. */
  readonly url: string;
  readonly connections: number;
  readonly durationMs: number;
  /** The script file, which is written. */
  readonly scriptFile: string;
}

/**
 * The statement that stores one order, sent by pgbench as a prepared statement with a fresh key each: what PostgreSQL
 * can do for clients of almost no cost.
 * @returns orders a second
 */
export async function createByPgbench({
  url,
  connections,
  durationMs,
  scriptFile,
}: PgbenchOptions): Promise<number> {
  const order = { ...newInput(0), customerId: 'pgbench', idempotencyKey: KEY };
  const { text, values } = createOrdersStatement([order], { recoverAfterMs: 15_000, maxDeclinesPerHour: 30 });
  const statement = text.replace(/\$(\d+)/g, (_, number) => literal(values[Number(number) - 1]));
  await writeFile(
    scriptFile,
    `\\set key random(1, 9000000000000000000)\n${statement.replaceAll(/\s+/g, ' ')};\n`,
  );
  const parameters = ['-n', '-M', 'prepared', '-j', '1'];
  parameters.push('-c', String(connections), '-T', String(Math.ceil(durationMs / 1_000)));
  const child = spawn('pgbench', [...parameters, '-f', scriptFile, url]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const [code] = await exited.catch(() => {
    throw new Error('pgbench is needed; on Debian it comes with the package postgresql-contrib');
  });
  const rate = Number(/tps = ([\d.]+) \(without initial/.exec(output)?.[1]);
  if (code !== 0 || !Number.isFinite(rate) || /number of failed transactions: [1-9]/.test(output))
    throw new Error(`pgbench ended with ${String(code)}:\n${output}`);
  return rate;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value === KEY) return "('k' || :key)";
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]`;
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  throw new Error(`createOrder has a parameter that is neither a number nor a string: ${typeof value}`);
}

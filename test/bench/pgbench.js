import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createOrdersStatement } from '../../dist/orders/create-orders.js';
import { newInput } from './load.js';

const KEY = 'the-idempotency-key';

/**
 * The statement that stores one order, sent by pgbench as a prepared one with a fresh key each: what PostgreSQL can
 * do for clients that cost nearly nothing.
 * @returns orders a second
 */
export async function createByPgbench({ url, connections, durationMs, scriptFile }) {
  const order = { ...newInput(0), customerId: 'pgbench', idempotencyKey: KEY };
  const { text, values } = createOrdersStatement([order], { recoverAfterMs: 15_000, maxDeclinesPerHour: 30 });
  const statement = text.replace(/\$(\d+)/g, (_, number) => literal(values[number - 1]));
  await writeFile(
    scriptFile,
    `\\set key random(1, 9000000000000000000)\n${statement.replaceAll(/\s+/g, ' ')};\n`,
  );
  const parameters = [
    '-n',
    '-M',
    'prepared',
    '-c',
    connections,
    '-j',
    1,
    '-T',
    Math.ceil(durationMs / 1_000),
  ];
  const child = spawn('pgbench', [...parameters.map(String), '-f', scriptFile, url]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'exit').catch(() => {
    throw new Error('pgbench is needed; on Debian it comes with the package postgresql-contrib');
  });
  const rate = Number(/tps = ([\d.]+) \(without initial/.exec(output)?.[1]);
  if (code !== 0 || !Number.isFinite(rate) || /number of failed transactions: [1-9]/.test(output))
    throw new Error(`pgbench ended with ${code}:\n${output}`);
  return rate;
}

function literal(value) {
  if (value === null) return 'NULL';
  if (value === KEY) return "('k' || :key)";
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]`;
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`;
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

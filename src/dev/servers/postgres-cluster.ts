import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from './child-process.js';
import { keepPassword, readIfThere } from './data-files.js';
import { ownerOf, type PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** The cluster's superuser. */
export const CLUSTER_USER = 'orders';
const PARTIAL_PREFIX = 'partial-cluster-';

/** It takes a second on an idle machine, and much longer with a slow disk under load. */
const CREATE_TIMEOUT_MS = 120_000;

/**
 * Creates the cluster (PostgreSQL's data directory) in `dataDir` if there is none. It has a password, since every
 * account of the machine can reach a port of 127.0.0.1.
 * @returns the password
 */
export async function createCluster(
  dataDir: string,
  cluster: string,
  binaries: PostgresBinaries,
  account: PostgresAccount,
  signal: AbortSignal | undefined,
): Promise<string> {
  const passwordFile = join(dataDir, 'password');
  if ((await ownerOf(cluster)) !== undefined) {
    const kept = await readIfThere(passwordFile);
    if (kept !== undefined) return kept.trim();
    throw new Error(`${passwordFile} is missing, without which nobody can connect to ${cluster}.`);
  }
  const password = await keepPassword(passwordFile);
  await account.own(passwordFile);
  // Created under another name first: an interrupted initdb leaves a directory that PostgreSQL can't start with. The
  // name is new each time, since the initdb of a killed run may still be running.
  const partial = join(dataDir, `${PARTIAL_PREFIX}${randomUUID()}`);
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(PARTIAL_PREFIX)) await rm(join(dataDir, name), { recursive: true, maxRetries: 5 });
  }
  const parameters = ['-D', partial, '-U', CLUSTER_USER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // The built-in locale is the same on every machine, whichever locales its system has.
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const initdb = account.command(binaries.initdb, [...parameters, ...locale]);
  await runToEnd(initdb, CREATE_TIMEOUT_MS, signal);
  await rename(partial, cluster);
  return password;
}

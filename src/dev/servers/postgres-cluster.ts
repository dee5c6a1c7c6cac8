import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from './child-process.js';
import { keepPassword, readIfThere } from './data-files.js';
import { ownerOf, type PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** The user a cluster is made with, who may do everything in it. */
export const CLUSTER_USER = 'orders';
const PARTIAL_PREFIX = 'partial-cluster-';

/** A second on an idle machine; a slow disk under load may take many times that. */
const CREATE_LIMIT_MILLISECONDS = 120_000;

/**
 * Makes the cluster (PostgreSQL's data directory) in `dataDir` where there is none, and returns the password
 * of its user. A password, since any other account of the machine can reach a port of 127.0.0.1.
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
  // Under another name until it is whole: an interrupted initdb leaves a directory that never starts.
  // A new name each time: the initdb of a killed run may still be at work on the old one.
  const partial = join(dataDir, `${PARTIAL_PREFIX}${randomUUID()}`);
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(PARTIAL_PREFIX)) await rm(join(dataDir, name), { recursive: true, maxRetries: 5 });
  }
  const parameters = ['-D', partial, '-U', CLUSTER_USER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // The built-in locale is the same on every machine, whichever locales its system has.
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const initdb = account.command(binaries.initdb, [...parameters, ...locale]);
  await runToEnd(initdb, CREATE_LIMIT_MILLISECONDS, signal);
  await rename(partial, cluster);
  return password;
}

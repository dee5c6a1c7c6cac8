import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Below a server's directory: its cluster, and the disk with its tables if it has one. */
const CLUSTER = 'cluster';
const DISK = 'disk';

const run = promisify(execFile);

/** Copies the files of a server that is paused or down into a directory, which is created. */
export async function copyPostgresFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await rm(join(to, CLUSTER), { recursive: true, force: true });
  await copy(join(from, CLUSTER), join(to, CLUSTER));
  // Of a process that the copy does not have.
  await rm(join(to, CLUSTER, 'postmaster.pid'), { force: true });
  if (!existsSync(join(from, DISK))) return;
  await mkdir(join(to, DISK), { recursive: true });
  await empty(join(to, DISK));
  await copy(`${join(from, DISK)}/.`, join(to, DISK));
}

/** Replaces the files of a server that is down by those of a copy, which is used up. */
export async function replacePostgresFiles(dataDir: string, copied: string): Promise<void> {
  await rm(join(dataDir, CLUSTER), { recursive: true });
  await rename(join(copied, CLUSTER), join(dataDir, CLUSTER));
  if (!existsSync(join(copied, DISK))) return;
  // A disk that is mounted stays.
  await empty(join(dataDir, DISK));
  await copy(`${join(copied, DISK)}/.`, join(dataDir, DISK));
}

/** Makes a copy of another server's files a standby of the server at this address. */
export async function makeStandby(dataDir: string, original: string, primaryUrl: string): Promise<void> {
  await run('cp', ['-p', join(original, 'password'), join(dataDir, 'password')]);
  const { hostname, port, username, password } = new URL(primaryUrl);
  const address = `host=${hostname} port=${port} user=${username} password=${password}`;
  await appendFile(join(dataDir, CLUSTER, 'postgresql.auto.conf'), `primary_conninfo = '${address}'\n`);
  await writeFile(join(dataDir, CLUSTER, 'standby.signal'), '');
  const tablespaces = join(dataDir, CLUSTER, 'pg_tblspc');
  for (const name of await readdir(tablespaces)) {
    const link = join(tablespaces, name);
    if ((await readlink(link)) !== join(original, DISK)) continue;
    await rm(link);
    await symlink(join(dataDir, DISK), link);
  }
}

/** Keeps the owner, which is PostgreSQL's account, and symbolic links. */
async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-pR', from, to]);
}

async function empty(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    await rm(join(directory, name), { recursive: true, force: true });
}

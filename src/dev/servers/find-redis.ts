import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { runToEnd } from './child-process.js';

/** Programs that can serve as Redis, which are also the names of their processes. */
export const REDIS_PROGRAMS: readonly string[] = ['redis-server', 'valkey-server'];

/** Enough for an update of the package lists and a download of two megabytes over a slow connection. */
const INSTALL_TIMEOUT_MS = 300_000;
const APT_INSTALL =
  'apt-get -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends redis-server </dev/null';

/**
 * During the installation a policy forbids starting services, unless the machine has a policy of its own; the shell
 * removes it however the script ends. The package lists are updated only if the installation fails without that. With
 * systemd, the service is also disabled for the next boot.
 */
const INSTALL_SCRIPT = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' >"$policy"
  chmod 755 "$policy"
fi
${APT_INSTALL} || { apt-get update && ${APT_INSTALL}; }
if [ -d /run/systemd/system ]; then systemctl disable redis-server.service; fi
`;

const HOW_TO_GET_ONE = `No redis-server or valkey-server was found on PATH. To get one:
  Debian, Ubuntu:  sudo apt-get install redis-server
  Fedora:          sudo dnf install valkey
  macOS:           brew install redis
  Docker:          docker compose up -d redis, then set REDIS_URL=redis://127.0.0.1:6379`;

/**
 * The path of a Redis server program: the first one on PATH, otherwise one that is installed with apt-get, as root.
 * @param options.announce gets one line before an installation
 * @param options.signal stops waiting for the installation, which continues: half a package would be worse
 * @throws with instructions for installing one where there is none
 */
export async function findRedisServer(options: {
  readonly announce: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}): Promise<string> {
  const found = await findOnPath(REDIS_PROGRAMS);
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || (await findOnPath(['apt-get'])) === undefined) {
    throw new Error(HOW_TO_GET_ONE);
  }
  options.announce('No Redis on this machine: installing redis-server with apt-get (its service stays off).');
  try {
    const install = { program: '/bin/sh', parameters: ['-c', INSTALL_SCRIPT] };
    await runToEnd(install, INSTALL_TIMEOUT_MS, options.signal);
  } catch (error) {
    throw new Error(`${HOW_TO_GET_ONE}\nInstalling it with apt-get failed.`, { cause: error });
  }
  const installed = await findOnPath(REDIS_PROGRAMS);
  if (installed === undefined) throw new Error(HOW_TO_GET_ONE);
  return installed;
}

async function findOnPath(names: readonly string[]): Promise<string | undefined> {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const name of names) {
    for (const directory of directories) {
      const file = resolve(directory, name);
      if (await isProgram(file)) return file;
    }
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // Missing, or not executable for this account.
    return false;
  }
}

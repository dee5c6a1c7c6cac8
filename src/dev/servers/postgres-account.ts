import { chown, stat } from 'node:fs/promises';
import { isErrorCode, runToEnd, type Command } from './child-process.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** The account that PostgreSQL runs under. */
export interface PostgresAccount {
  command(program: string, parameters: readonly string[]): Command;
  /** Makes the account the owner of a file or directory. */
  own(path: string): Promise<void>;
}

/** The system tools take milliseconds, useradd perhaps a second. */
const TOOL_TIMEOUT_MS = 20_000;
const ACCOUNT_NAME = 'postgres';

/**
 * Chooses the account for PostgreSQL, which refuses to run as root. Other users run it as themselves; root runs it as
 * the owner of an existing cluster, or as the system account `postgres`, which is created if it is missing. The account
 * becomes the owner of `directory`.
 * @throws where the account can't access the files
 */
export async function choosePostgresAccount(
  directory: string,
  owner: { uid: number; gid: number } | undefined,
  binaries: PostgresBinaries,
): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) {
    return { command: (program, parameters) => ({ program, parameters }), own: () => Promise.resolve() };
  }
  const { uid, gid } = owner !== undefined && owner.uid !== 0 ? owner : await findSystemAccount();
  const own = (path: string): Promise<void> => chown(path, uid, gid);
  await own(directory);
  const direct: PostgresAccount = {
    command: (program, parameters) => ({ program, parameters, uid, gid }),
    own,
  };
  if (await canReach(direct, directory, binaries)) return direct;
  const privileged: PostgresAccount = {
    command: (program, parameters) => bypassingPermissions(uid, gid, program, parameters),
    own,
  };
  if (await canReach(privileged, directory, binaries)) return privileged;
  throw new Error(
    `PostgreSQL doesn't run as root, and the account with user id ${uid} can't access ${directory} or ` +
      `${binaries.postgres}. Move the project to a directory that every user may enter (such as /srv), ` +
      'or run it as an ordinary user.',
  );
}

/**
 * For a project in root's home, which is closed to other accounts. setpriv keeps the one capability that bypasses file
 * permissions; with `no_setuid_fixup`, access(2) honours it, which initdb uses to find its programs.
 */
function bypassingPermissions(
  uid: number,
  gid: number,
  program: string,
  parameters: readonly string[],
): Command {
  const rights = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  return {
    program: 'setpriv',
    parameters: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...rights, program, ...parameters],
  };
}

async function canReach(
  account: PostgresAccount,
  directory: string,
  { postgres, initdb, catalogue }: PostgresBinaries,
): Promise<boolean> {
  const conditions = ['-w', directory, '-a', '-x', postgres, '-a', '-x', initdb, '-a', '-r', catalogue];
  return succeeds(account.command('test', conditions));
}

async function succeeds(command: Command): Promise<boolean> {
  return runToEnd(command, TOOL_TIMEOUT_MS).then(
    () => true,
    () => false,
  );
}

async function findSystemAccount(): Promise<{ uid: number; gid: number }> {
  const run = (program: string, ...parameters: string[]): Promise<string> =>
    runToEnd({ program, parameters }, TOOL_TIMEOUT_MS);
  if (!(await succeeds({ program: 'id', parameters: [ACCOUNT_NAME] }))) {
    try {
      await run('useradd', '--system', '--user-group', '--no-create-home', ACCOUNT_NAME);
    } catch (error) {
      throw new Error(
        `PostgreSQL doesn't run as root, and the account ${ACCOUNT_NAME} for it can't be created. ` +
          'Run the project as an ordinary user.',
        { cause: error },
      );
    }
  }
  return {
    uid: Number(await run('id', '-u', ACCOUNT_NAME)),
    gid: Number(await run('id', '-g', ACCOUNT_NAME)),
  };
}

/** The owner of a file or directory, or undefined if it doesn't exist. */
export async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

import { chown, stat } from 'node:fs/promises';
import { isErrorCode, runToEnd, type Command } from './child-process.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** The account PostgreSQL runs under, and how to start a program under it. */
export interface PostgresAccount {
  command(program: string, parameters: readonly string[]): Command;
  /** Hands a file or directory that we made to the account. */
  own(path: string): Promise<void>;
}

/** Small system tools: any of them takes milliseconds, making an account perhaps a second. */
const TOOL_LIMIT_MILLISECONDS = 20_000;
const ACCOUNT_NAME = 'postgres';

/**
 * PostgreSQL refuses to run as root. Everyone else runs it as themselves; for root it runs as the owner of
 * an existing cluster, or else as the system account `postgres`, which is made where it is missing.
 * `directory` is made over to the account. Throws where the account can't get at the files.
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
    command: (program, parameters) => passingDirectories(uid, gid, program, parameters),
    own,
  };
  if (await canReach(privileged, directory, binaries)) return privileged;
  throw new Error(
    `PostgreSQL doesn't run as root, and the account with user id ${uid} can't get at ${directory} or ` +
      `${binaries.postgres}. Move the project to a folder that every user may enter (such as /srv), ` +
      'or run it as an ordinary user.',
  );
}

/**
 * Root's home is closed to other accounts. setpriv keeps the one capability that passes closed
 * directories; `no_setuid_fixup` makes access(2), which initdb uses to look for its programs, honour it.
 */
function passingDirectories(
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
  const looks = ['-w', directory, '-a', '-x', postgres, '-a', '-x', initdb, '-a', '-r', catalogue];
  return succeeds(account.command('test', looks));
}

async function succeeds(command: Command): Promise<boolean> {
  return runToEnd(command, TOOL_LIMIT_MILLISECONDS).then(
    () => true,
    () => false,
  );
}

async function findSystemAccount(): Promise<{ uid: number; gid: number }> {
  const run = (program: string, ...parameters: string[]): Promise<string> =>
    runToEnd({ program, parameters }, TOOL_LIMIT_MILLISECONDS);
  if (!(await succeeds({ program: 'id', parameters: [ACCOUNT_NAME] }))) {
    try {
      await run('useradd', '--system', '--user-group', '--no-create-home', ACCOUNT_NAME);
    } catch (error) {
      throw new Error(
        `PostgreSQL doesn't run as root, and the account ${ACCOUNT_NAME} for it can't be made. ` +
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

/** The owner of a file or directory; undefined when there is none. */
export async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

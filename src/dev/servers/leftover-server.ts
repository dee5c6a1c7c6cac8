import { readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { isErrorCode, runToEnd, stopInSteps, type StopStep } from './child-process.js';

/** `ps` and `lsof` answer in milliseconds; a machine that needs longer is out of order. */
const LOOK_LIMIT_MILLISECONDS = 10_000;

/**
 * Stops a server that a killed parent left running on `directory`. Returns false, and signals nobody,
 * where the process is no such server: it has ended, or its id belongs to another program by now.
 */
export async function stopLeftover(
  pid: number,
  programs: readonly string[],
  directory: string,
  steps: readonly StopStep[],
): Promise<boolean> {
  const runs = (): Promise<boolean> => isServerOf(pid, programs, directory);
  if (!(await runs())) return false;
  await stopInSteps(pid, async () => !(await runs()), steps);
  return true;
}

/** Whether `pid` is one of these programs working in `directory`, as both kinds of server do. */
async function isServerOf(pid: number, programs: readonly string[], directory: string): Promise<boolean> {
  const known = process.platform === 'linux' ? await lookInProc(pid) : await lookWithTools(pid);
  if (known === undefined || !programs.includes(known.program)) return false;
  if (known.directory === undefined) return known.parameters.includes(directory);
  return known.directory === (await realpath(directory));
}

interface ProcessLook {
  readonly program: string;
  readonly parameters: readonly string[];
  /** undefined: this account may not see it. */
  readonly directory: string | undefined;
}

async function lookInProc(pid: number): Promise<ProcessLook | undefined> {
  try {
    const program = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    const parameters = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return { program, parameters, directory: await readDirectoryLink(pid) };
  } catch (error) {
    // Gone, or a zombie: ended and only not yet collected by its parent.
    if (isErrorCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

async function readDirectoryLink(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch (error) {
    // Root in a container may lack the right to look at another account's process.
    if (isErrorCode(error, 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}

async function lookWithTools(pid: number): Promise<ProcessLook | undefined> {
  if (!isAlive(pid)) return undefined;
  const id = String(pid);
  const ask = (program: string, ...parameters: string[]): Promise<string> =>
    runToEnd({ program, parameters }, LOOK_LIMIT_MILLISECONDS);
  try {
    const program = basename((await ask('ps', '-o', 'comm=', '-p', id)).trim());
    const fields = (await ask('lsof', '-a', '-p', id, '-d', 'cwd', '-Fn')).split('\n');
    return { program, parameters: [], directory: fields.find((field) => field.startsWith('n'))?.slice(1) };
  } catch (error) {
    // Both tools fail for a process that has just ended.
    if (!isAlive(pid)) return undefined;
    throw error;
  }
}

/** Whether the system knows this process id at all; a zombie counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'ESRCH')) return false;
    if (isErrorCode(error, 'EPERM')) return true;
    throw error;
  }
}

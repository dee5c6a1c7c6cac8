import { readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { isErrorCode, runToEnd, stopInSteps, type StopStep } from './child-process.js';

/** `ps` and `lsof` take milliseconds. */
const PROBE_TIMEOUT_MS = 10_000;

/**
 * Stops a server that a killed parent left running on `directory`.
 * @returns false, without a signal, where the process has exited or is another program by now
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
  const known = process.platform === 'linux' ? await readProc(pid) : await askTools(pid);
  if (known === undefined || !programs.includes(known.program)) return false;
  if (known.directory === undefined) return known.parameters.includes(directory);
  return known.directory === (await realpath(directory));
}

interface ProcessInfo {
  readonly program: string;
  readonly parameters: readonly string[];
  /** Undefined where this account has no permission to read it. */
  readonly directory: string | undefined;
}

async function readProc(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const program = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    const parameters = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return { program, parameters, directory: await readDirectoryLink(pid) };
  } catch (error) {
    // It has exited, perhaps as a zombie.
    if (isErrorCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

async function readDirectoryLink(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch (error) {
    // Root in a container may lack permission for other accounts' processes.
    if (isErrorCode(error, 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}

async function askTools(pid: number): Promise<ProcessInfo | undefined> {
  if (!isAlive(pid)) return undefined;
  const id = String(pid);
  const ask = (program: string, ...parameters: string[]): Promise<string> =>
    runToEnd({ program, parameters }, PROBE_TIMEOUT_MS);
  try {
    const program = basename((await ask('ps', '-o', 'comm=', '-p', id)).trim());
    const fields = (await ask('lsof', '-a', '-p', id, '-d', 'cwd', '-Fn')).split('\n');
    return { program, parameters: [], directory: fields.find((field) => field.startsWith('n'))?.slice(1) };
  } catch (error) {
    // Both tools fail for a process that has just exited.
    if (!isAlive(pid)) return undefined;
    throw error;
  }
}

/** Whether a process with this id exists; a zombie counts. */
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

import { resolve } from 'node:path';
import { ChildProgram, type LaunchOptions } from './child-program.js';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Far more than any of these commands takes; one that hangs is killed. */
const TIMEOUT_MS = 20_000;

/** Runs a program of dist/ (or of another path) to its end. */
export async function runCommand(
  main: string,
  { parameters = [], ...options }: LaunchOptions & { readonly parameters?: readonly string[] } = {},
): Promise<CommandResult> {
  const program = ChildProgram.node([resolve('dist', main), ...parameters], options);
  const timer = setTimeout(() => program.child.kill('SIGKILL'), TIMEOUT_MS);
  const { code } = await program.ended;
  clearTimeout(timer);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

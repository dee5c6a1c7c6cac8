import { ChildProgram } from './child-program.js';
import type { Environment } from './test-system.js';

/** A real process of the built system (dist/main.js) and its URL. */
export type SystemProcess = ChildProgram & { readonly url: string };

const READY = /"url":"(http:[^"]+)".*"msg":"ready"/;
const READY_TIMEOUT_MS = 20_000;

/**
 * @param logLevel at least info, which has the line with the URL
 * @throws with the process's output if it does not become ready
 */
export async function startProcess(
  env: Environment,
  main = 'dist/main.js',
  logLevel: 'info' | 'debug' = 'info',
): Promise<SystemProcess> {
  const program = ChildProgram.node([main], { env: { ...env, LOG_LEVEL: logLevel } });
  try {
    const [, url = ''] = await program.says(READY, READY_TIMEOUT_MS);
    return Object.assign(program, { url });
  } catch (error) {
    await program.stop('SIGKILL');
    throw error;
  }
}

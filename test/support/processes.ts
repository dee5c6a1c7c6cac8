import { startProcess, type SystemProcess } from './system-process.js';
import type { Environment } from './test-system.js';

/** The real processes of a test, which end with it. */
export class Processes {
  private readonly started: SystemProcess[] = [];

  async start(env: Environment): Promise<SystemProcess> {
    const process = await startProcess(env);
    this.started.push(process);
    return process;
  }

  /** The log lines of all processes, as objects, without warnings of Node.js. */
  log(): Record<string, unknown>[] {
    return this.started.flatMap(({ lines }) =>
      lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  }

  /** Jobs that another process reported as stalled. */
  stalledJobs(): unknown[] {
    const stalled = 'a job lost its worker and will run again';
    return this.log().flatMap(({ msg, jobId }) => (msg === stalled ? [jobId] : []));
  }

  /** Call this after each test: kills what still runs. */
  async end(): Promise<void> {
    await Promise.all(this.started.splice(0).map((process) => process.stop('SIGKILL')));
  }
}

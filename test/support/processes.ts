import { startProcess, type SystemProcess } from './system-process.js';
import type { Environment } from './test-system.js';

/** The real processes of a test, none of which outlives it. */
export class Processes {
  private readonly started: SystemProcess[] = [];

  async start(env: Environment): Promise<SystemProcess> {
    const process = await startProcess(env);
    this.started.push(process);
    return process;
  }

  /** All log lines of all of them, as objects. (A warning of Node.js itself is none.) */
  log(): Record<string, unknown>[] {
    return this.started.flatMap(({ lines }) =>
      lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  }

  /** Jobs whose worker stopped without ending them, as the other processes noticed. */
  stalledJobs(): unknown[] {
    const stalled = 'a job lost its worker and is taken up again';
    return this.log().flatMap(({ msg, jobId }) => (msg === stalled ? [jobId] : []));
  }

  /** To be called after each test: whoever still runs ends at once. */
  async end(): Promise<void> {
    await Promise.all(this.started.splice(0).map((process) => process.stop('SIGKILL')));
  }
}

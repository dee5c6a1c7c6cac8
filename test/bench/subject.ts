import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from './processes.js';

/** What the system is compared with: a script of test/bench/subjects in its own process. */
export class Subject<Question extends object> {
  private readonly child: ChildProcess;

  /** @param name of the script, without its extension */
  constructor(
    private readonly name: string,
    environment: Environment,
  ) {
    this.child = spawn(process.execPath, [`dist/test/bench/subjects/${name}.js`], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** Sends one request at a time; the answer is a rate. @throws if the process ends instead of answering */
  async ask(question: Question): Promise<number> {
    const ended = once(this.child, 'exit').then(([code]) => {
      throw new Error(`${this.name} ended with ${String(code)}`);
    });
    const answer = once(this.child, 'message') as Promise<[number]>;
    this.child.send(question);
    const [value] = await Promise.race([answer, ended]);
    return value;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** For the scripts: answers each request with the rate that `answer` resolves to. */
export function serve(answer: (question: unknown) => Promise<number>): void {
  process.on('message', (question) => {
    void answer(question).then((rate) => process.send?.(rate));
  });
  // The benchmark has ended.
  process.on('disconnect', () => process.exit(0));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What the system is compared with: a script of test/bench/subjects in a process of its own, that answers questions. */
export class Subject {
  #child;

  constructor(script, environment) {
    this.#child = spawn(process.execPath, [`test/bench/subjects/${script}`], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** One question at a time. @throws where the process ends instead of answering */
  async ask(question) {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${this.#child.spawnargs[1]} ended with ${code}`);
    });
    const answer = once(this.#child, 'message');
    this.#child.send(question);
    const [value] = await Promise.race([answer, ended]);
    return value;
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** Answers each question with what `answer` resolves to; for the scripts. */
  static serve(answer) {
    process.on('message', async (question) => process.send(await answer(question)));
    // The benchmark is gone.
    process.on('disconnect', () => process.exit(0));
  }
}

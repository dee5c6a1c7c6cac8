import {
  ServerProcess,
  waitUntil,
  type Command,
  type RunningServer,
  type StopStep,
} from './child-process.js';
import { findFreePort } from './data-files.js';

export interface ServerOptions {
  /** For its data and its password; created if it is missing. */
  readonly dataDir: string;
  /** By default a free one. */
  readonly port?: number;
  /** The server's own settings, which override our defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with each line of the server's log. */
  readonly log?: (line: string) => void;
  /** Interrupts the start, and stops the server. */
  readonly signal?: AbortSignal;
}

export interface ServerKind {
  readonly name: string;
  readonly stopSteps: readonly StopStep[];
  /** Removes what a killed run left behind. @returns how to start the server */
  readonly prepare: (port: number) => Promise<Command>;
  /** @throws the server's answer where that is an error */
  readonly isReady: (server: ServerProcess, port: number) => Promise<boolean>;
  /** Matches the log of a failed start that is worth another attempt at once. */
  readonly transientFailure?: RegExp;
}

/** Enough to replay a gigabyte of log after a crash. */
const START_TIMEOUT_MS = 120_000;
/** Another process may take the chosen port first, but hardly this often in a row. */
const MAX_START_ATTEMPTS = 5;
const PORT_TAKEN = /could not bind|address already in use/i;

/**
 * Starts a server on 127.0.0.1, and resolves when it is ready.
 * @throws with its last log lines where it doesn't start
 */
export async function startServer(
  { dataDir, port: givenPort, log = () => undefined, signal }: ServerOptions,
  { name, stopSteps, prepare, isReady, transientFailure }: ServerKind,
): Promise<Omit<RunningServer, 'url'>> {
  for (let attempt = 1; ; attempt += 1) {
    const port = givenPort ?? (await findFreePort());
    const server = await ServerProcess.start(await prepare(port), log);
    const stop = (): Promise<void> => server.stop(stopSteps);
    const hasFailed = (): boolean => server.hasEnded() || signal?.aborted === true;
    let cause: unknown;
    try {
      if (await becomesReady(() => isReady(server, port), hasFailed)) return { port, pid: server.pid, stop };
    } catch (error) {
      cause = error;
    }
    await stop();
    signal?.throwIfAborted();
    const lines = await server.lastLines();
    const lostPort = givenPort === undefined && PORT_TAKEN.test(lines);
    if (attempt === MAX_START_ATTEMPTS || !(lostPort || transientFailure?.test(lines) === true)) {
      throw new Error(`${name} on ${dataDir} didn't start. Its last log lines:\n${lines}`, { cause });
    }
  }
}

/** @returns false where it fails or times out */
async function becomesReady(isReady: () => Promise<boolean>, hasFailed: () => boolean): Promise<boolean> {
  let ready = false;
  await waitUntil(async () => {
    ready = await isReady();
    return ready || hasFailed();
  }, START_TIMEOUT_MS);
  return ready;
}

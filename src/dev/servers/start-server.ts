import {
  ServerProcess,
  waitUntil,
  type Command,
  type RunningServer,
  type StopStep,
} from './child-process.js';
import { findFreePort } from './data-files.js';

/** What a server of our own can be told. */
export interface ServerOptions {
  /** Holds its data and its password; made when missing. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Settings of the server by its own names; they win over the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes the server's log, a line at a time. */
  readonly log?: (line: string) => void;
  /** Interrupts the start: what is half there is stopped. */
  readonly signal?: AbortSignal;
}

/** A kind of server, and how to tell what it does. */
export interface ServerKind {
  readonly name: string;
  readonly stopSteps: readonly StopStep[];
  /** Clears away what a killed run has left, and says how to start. */
  readonly prepare: (port: number) => Promise<Command>;
  /** May throw what the server answers to our questions. */
  readonly isReady: (server: ServerProcess, port: number) => Promise<boolean>;
  /** Log lines of a failed start that may be tried again at once. */
  readonly passing?: RegExp;
}

/** Covers the replay of a gigabyte of log after a crash. */
const START_LIMIT_MILLISECONDS = 120_000;
/** Losing the race for a free port several times running has another cause. */
const START_ATTEMPTS = 5;
const PORT_TAKEN = /could not bind|address already in use/i;

/**
 * Starts a server on 127.0.0.1, and returns when it is ready. Throws an Error with its last log lines when it
 * doesn't start.
 */
export async function startServer(
  { dataDir, port: givenPort, log = () => undefined, signal }: ServerOptions,
  { name, stopSteps, prepare, isReady, passing }: ServerKind,
): Promise<Omit<RunningServer, 'url'>> {
  for (let attempt = 1; ; attempt += 1) {
    const port = givenPort ?? (await findFreePort());
    const server = await ServerProcess.start(await prepare(port), log);
    const stop = (): Promise<void> => server.stop(stopSteps);
    const isOver = (): boolean => server.hasEnded() || signal?.aborted === true;
    let cause: unknown;
    try {
      if (await becomesReady(() => isReady(server, port), isOver)) return { port, pid: server.pid, stop };
    } catch (error) {
      cause = error;
    }
    await stop();
    signal?.throwIfAborted();
    const lines = await server.lastLines();
    const lostPort = givenPort === undefined && PORT_TAKEN.test(lines);
    if (attempt === START_ATTEMPTS || !(lostPort || passing?.test(lines) === true)) {
      throw new Error(`${name} on ${dataDir} didn't start. Its last log lines:\n${lines}`, { cause });
    }
  }
}

/** False when it is over before, or the time is. */
async function becomesReady(isReady: () => Promise<boolean>, isOver: () => boolean): Promise<boolean> {
  let ready = false;
  await waitUntil(async () => {
    ready = await isReady();
    return ready || isOver();
  }, START_LIMIT_MILLISECONDS);
  return ready;
}

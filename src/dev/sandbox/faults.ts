import { newIdentifier } from './identifiers.js';
import { ENDPOINTS, type Endpoint } from './routes.js';

/** What can be made to go wrong. */
export const FAULT_KINDS = [
  'latency',
  'http_500',
  'http_429',
  'charged_then_timeout',
  'charged_then_reset',
  'outage',
  'duplicate_webhook',
  'drop_webhook',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault as it was asked for. */
export interface FaultRequest {
  readonly kind: FaultKind;
  /** left out: every endpoint */
  readonly endpoint?: Endpoint;
  /** 0..1, left out: always */
  readonly probability?: number;
  /** strikes so often at most */
  readonly count?: number;
  /** is over after that many milliseconds */
  readonly durationMs?: number;
  /** only with `latency`: how much later an answer comes, in milliseconds */
  readonly latencyMs?: number;
}

/** A fault and how often it struck. */
export interface Fault extends FaultRequest {
  readonly id: string;
  readonly struck: number;
}

interface ActiveFault {
  readonly id: string;
  readonly request: FaultRequest;
  readonly until: number;
  struck: number;
}

const FIELDS = ['kind', 'endpoint', 'probability', 'count', 'durationMs', 'latencyMs'];

/**
 * Reads the body of `POST /_sandbox/faults`.
 *
 * @returns the fault, or a text that names what is wrong
 */
export function readFaultRequest(body: unknown): FaultRequest | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'the body must be a JSON object';
  const given = body as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return `unknown field ${unknown}; known are ${FIELDS.join(', ')}`;
  const kind = FAULT_KINDS.find((known) => known === given['kind']);
  if (kind === undefined) return `unknown kind ${shown(given['kind'])}; known are ${FAULT_KINDS.join(', ')}`;
  const endpoint = ENDPOINTS.find((known) => known === given['endpoint']);
  if (given['endpoint'] !== undefined && endpoint === undefined) {
    return `unknown endpoint ${shown(given['endpoint'])}; known are ${ENDPOINTS.join(', ')}`;
  }
  const { probability, count, durationMs, latencyMs } = given;
  if (
    probability !== undefined &&
    !(typeof probability === 'number' && probability >= 0 && probability <= 1)
  ) {
    return `probability must be a number from 0 to 1, got ${shown(probability)}`;
  }
  if (!isOptionalCount(count)) return `count must be a whole number of at least 1, got ${shown(count)}`;
  if (!isOptionalCount(durationMs)) {
    return `durationMs must be a whole number of at least 1, got ${shown(durationMs)}`;
  }
  if (!isOptionalCount(latencyMs)) {
    return `latencyMs must be a whole number of at least 1, got ${shown(latencyMs)}`;
  }
  if ((kind === 'latency') !== (latencyMs !== undefined)) {
    return 'latencyMs belongs to the kind latency, and must be given with it';
  }
  return {
    kind,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(probability === undefined ? {} : { probability }),
    ...(count === undefined ? {} : { count }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
  };
}

function isOptionalCount(value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) >= 1);
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}

/** The faults in force. They are in memory only: a restart clears them. */
export class Faults {
  readonly #random: () => number;
  #active: ActiveFault[] = [];

  /** @param random gives numbers from 0 up to, but not including, 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Puts a fault in force. */
  add(request: FaultRequest): Fault {
    const until = request.durationMs === undefined ? Infinity : performance.now() + request.durationMs;
    const fault = { id: newIdentifier('fault_', 12), request, until, struck: 0 };
    this.#active.push(fault);
    return { id: fault.id, ...request, struck: 0 };
  }

  /** The faults in force, oldest first. */
  list(): Fault[] {
    this.#dropFinished();
    return this.#active.map(({ id, request, struck }) => ({ id, ...request, struck }));
  }

  clear(): void {
    this.#active = [];
  }

  /**
   * Whether a fault of this kind strikes now. It counts as a strike.
   *
   * @param endpoint undefined for a request that no endpoint answers
   */
  strike(kind: FaultKind, endpoint: Endpoint | undefined): FaultRequest | undefined {
    if (this.#active.length === 0) return undefined;
    this.#dropFinished();
    for (const fault of this.#active) {
      const { request } = fault;
      if (request.kind !== kind) continue;
      if (request.endpoint !== undefined && request.endpoint !== endpoint) continue;
      if (request.probability !== undefined && this.#random() >= request.probability) continue;
      fault.struck += 1;
      return request;
    }
    return undefined;
  }

  #dropFinished(): void {
    const now = performance.now();
    const finished = ({ request, until, struck }: ActiveFault): boolean =>
      until <= now || struck >= (request.count ?? Infinity);
    if (this.#active.some(finished)) this.#active = this.#active.filter((fault) => !finished(fault));
  }
}

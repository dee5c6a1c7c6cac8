import type { FaultKind, FaultRequest } from './fault-request.js';
import { newIdentifier } from '../identifiers.js';
import { RateLimit } from './rate-limit.js';
import type { Endpoint } from '../stripe/endpoints.js';

/** A fault, and how often it has struck. */
export interface Fault extends FaultRequest {
  readonly id: string;
  readonly struck: number;
}

interface ActiveFault {
  readonly id: string;
  readonly request: FaultRequest;
  readonly until: number;
  readonly rateLimit: RateLimit | undefined;
  struck: number;
}

/** The active faults. They are kept in memory only, so a restart clears them. */
export class Faults {
  readonly #random: () => number;
  #active: ActiveFault[] = [];

  /** @param random returns numbers from 0 (inclusive) to 1 (exclusive) */
  constructor(random: () => number) {
    this.#random = random;
  }

  add(request: FaultRequest): Fault {
    const { durationMs, perSecond } = request;
    const fault = {
      id: newIdentifier('fault_', 12),
      request,
      until: durationMs === undefined ? Infinity : performance.now() + durationMs,
      rateLimit: perSecond === undefined ? undefined : new RateLimit(perSecond, () => performance.now()),
      struck: 0,
    };
    this.#active.push(fault);
    return { id: fault.id, ...request, struck: 0 };
  }

  /** The active faults, oldest first. */
  list(): Fault[] {
    this.#dropFinished();
    return this.#active.map(({ id, request, struck }) => ({ id, ...request, struck }));
  }

  clear(): void {
    this.#active = [];
  }

  /**
   * The fault of this kind that strikes now, if any. Counts the strike.
   *
   * @param endpoint undefined for a request to no endpoint
   */
  strike(kind: FaultKind, endpoint: Endpoint | undefined): FaultRequest | undefined {
    if (this.#active.length === 0) return undefined;
    this.#dropFinished();
    for (const fault of this.#active) {
      const { request, rateLimit } = fault;
      if (request.kind !== kind) continue;
      if (request.endpoint !== undefined && request.endpoint !== endpoint) continue;
      if (rateLimit !== undefined && (endpoint === undefined || rateLimit.allows(endpoint))) continue;
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

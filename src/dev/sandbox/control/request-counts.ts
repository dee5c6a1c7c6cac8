import { type Endpoint, ENDPOINT_NAMES } from '../stripe/endpoints.js';

type Counts = Record<Endpoint, number>;

/** The requests to each endpoint since the start, in total and per order. */
export class RequestCounts {
  readonly #all = noRequests();
  readonly #byOrder = new Map<string, Counts>();

  note(endpoint: Endpoint, orderId: string | undefined): void {
    this.#all[endpoint] += 1;
    if (orderId === undefined) return;
    const counts = this.read(orderId);
    counts[endpoint] += 1;
    this.#byOrder.set(orderId, counts);
  }

  /** The counts by endpoint, zeros included: of one order, or in total. */
  read(orderId: string | undefined): Counts {
    return orderId === undefined ? this.#all : (this.#byOrder.get(orderId) ?? noRequests());
  }
}

function noRequests(): Counts {
  return Object.fromEntries(ENDPOINT_NAMES.map((endpoint) => [endpoint, 0])) as Counts;
}

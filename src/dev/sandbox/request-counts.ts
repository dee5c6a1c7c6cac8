import { ENDPOINTS, type Endpoint } from './routes.js';

type Counts = Map<Endpoint, number>;

/** How many requests each endpoint received since the start, in all and per order. */
export class RequestCounts {
  readonly #all: Counts = new Map();
  readonly #byOrder = new Map<string, Counts>();

  note(endpoint: Endpoint, orderId: string | undefined): void {
    increment(this.#all, endpoint);
    if (orderId === undefined) return;
    const counts: Counts = this.#byOrder.get(orderId) ?? new Map<Endpoint, number>();
    this.#byOrder.set(orderId, counts);
    increment(counts, endpoint);
  }

  /** The counts by endpoint, zeros included; of one order, or of all requests. */
  read(orderId: string | undefined): Record<string, number> {
    const counts = orderId === undefined ? this.#all : this.#byOrder.get(orderId);
    return Object.fromEntries(ENDPOINTS.map((endpoint) => [endpoint, counts?.get(endpoint) ?? 0]));
  }
}

function increment(counts: Counts, endpoint: Endpoint): void {
  counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
}

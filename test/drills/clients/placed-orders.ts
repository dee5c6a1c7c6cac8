import type { CreateOrderAnswer, SeenOrder } from '../evidence.js';
import type { Random } from '../../support/random.js';
import type { Definite } from './outcome.js';

export interface PlacedOrder {
  readonly id: string;
  readonly key: string;
  readonly owner: string;
}

/** Enough to find one of another customer. */
const REMEMBERED = 200;

/** The latest orders of all customers, as if a customer had guessed their ids and keys. */
export class PlacedOrders {
  private readonly latest: PlacedOrder[] = [];

  add(order: PlacedOrder): void {
    this.latest.push(order);
    if (this.latest.length > REMEMBERED) this.latest.shift();
  }

  /** An order of another customer than `customer`; undefined if there is none yet. */
  foreignTo(customer: string, random: Random): PlacedOrder | undefined {
    const foreign = this.latest.filter(({ owner }) => owner !== customer);
    return foreign.length === 0 ? undefined : random.pick(foreign);
  }
}

/** The order that an answer of createOrder names. */
export function orderOf(outcome: Definite | undefined): SeenOrder | undefined {
  return outcome?.type === 'ok' ? (outcome.answer as CreateOrderAnswer).order : undefined;
}

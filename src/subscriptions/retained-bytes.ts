import type { DocumentNode } from 'graphql';
import { documentBytes } from '../graphql/limits/document-cache.js';

/** One subscription with its cursor, its sink and the state of graphql-ws: 3.7 KiB, measured with 2,000. */
const SUBSCRIPTION_BYTES = 5_000;
/** Ids, names and variables are kept about four times: parsed, by graphql-ws, and in the messages' prefix. */
const COPIES = 4;
const CHARACTER_BYTES = 2;

interface Customer {
  bytes: number;
  /** By document: the number of subscriptions that share it. */
  readonly documents: Map<DocumentNode, number>;
}

export interface Retained {
  readonly id: string;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: object;
}

/** Counts the memory that live subscriptions retain in this process, by customer, over all of their sockets. */
export class RetainedBytes {
  private readonly customers = new Map<string, Customer>();

  constructor(private readonly maxBytes: number) {}

  /**
   * Counts a subscription.
   * @returns a function that stops counting it; or, without counting it, 'too large' where it exceeds the maximum by
   * itself, and 'full' where it does so with the customer's other subscriptions
   */
  retain(customerId: string, retained: Retained): (() => void) | 'too large' | 'full' {
    const { document } = retained;
    const customer = this.customers.get(customerId) ?? {
      bytes: 0,
      documents: new Map<DocumentNode, number>(),
    };
    const users = customer.documents.get(document) ?? 0;
    const own = ownBytes(retained);
    const shared = documentBytes(document);
    if (own + shared > this.maxBytes) return 'too large';
    if (customer.bytes + own + (users === 0 ? shared : 0) > this.maxBytes) return 'full';
    this.customers.set(customerId, customer);
    customer.documents.set(document, users + 1);
    customer.bytes += own + (users === 0 ? shared : 0);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.release(customerId, customer, document, own);
    };
  }

  private release(customerId: string, customer: Customer, document: DocumentNode, own: number): void {
    const users = (customer.documents.get(document) ?? 0) - 1;
    customer.bytes -= own;
    if (users > 0) customer.documents.set(document, users);
    else {
      customer.documents.delete(document);
      customer.bytes -= documentBytes(document);
    }
    if (customer.documents.size === 0) this.customers.delete(customerId);
  }
}

function ownBytes({ id, operationName, variables }: Retained): number {
  const characters = id.length + (operationName?.length ?? 0) + JSON.stringify(variables).length;
  return SUBSCRIPTION_BYTES + COPIES * CHARACTER_BYTES * characters;
}

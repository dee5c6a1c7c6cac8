import type { DocumentNode } from 'graphql';
import { documentBytes } from '../graphql/limits/document-cache.js';

/** What a subscription takes by itself, with the parts of its feed and of graphql-ws: 3.7 KiB, measured for 2,000. */
const SUBSCRIPTION_BYTES = 5_000;
/** An id, a name or variables are kept some four times: parsed, for graphql-ws, and in what goes out. */
const COPIES = 4;
const CHARACTER_BYTES = 2;

interface Customer {
  bytes: number;
  /** How many subscriptions share each document. */
  readonly documents: Map<DocumentNode, number>;
}

export interface Retained {
  readonly id: string;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: object;
}

/** Counts what live subscriptions make this process keep, for each customer over all of their sockets. */
export class RetainedBytes {
  private readonly customers = new Map<string, Customer>();

  constructor(private readonly maxBytes: number) {}

  /** What ends it again; or why it is not kept: it is too large by itself, or together with the customer's others. */
  retain(customerId: string, retained: Retained): (() => void) | 'too large' | 'full' {
    const { document } = retained;
    const customer = this.customers.get(customerId) ?? {
      bytes: 0,
      documents: new Map<DocumentNode, number>(),
    };
    const uses = customer.documents.get(document) ?? 0;
    const own = ownBytes(retained);
    const shared = documentBytes(document);
    if (own + shared > this.maxBytes) return 'too large';
    if (customer.bytes + own + (uses === 0 ? shared : 0) > this.maxBytes) return 'full';
    this.customers.set(customerId, customer);
    customer.documents.set(document, uses + 1);
    customer.bytes += own + (uses === 0 ? shared : 0);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.release(customerId, customer, document, own);
    };
  }

  /** What a customer's subscriptions take now. */
  bytesOf(customerId: string): number {
    return this.customers.get(customerId)?.bytes ?? 0;
  }

  private release(customerId: string, customer: Customer, document: DocumentNode, own: number): void {
    const uses = (customer.documents.get(document) ?? 0) - 1;
    customer.bytes -= own;
    if (uses > 0) customer.documents.set(document, uses);
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

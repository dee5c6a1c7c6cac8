import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import type { BookedPayment, GatewayBooks } from '../gateway-books.js';
import { GatewayUnavailableError, type UnknownPayment } from '../payment-gateway.js';
import { noteHints } from './hints.js';

/**
 * Retrieves a payment. Where the gateway fails at this one, it is postponed by a hint: it does not hold up the others.
 * @returns undefined where it is postponed
 * @throws GatewayUnavailableError where the gateway can't be reached or asks to wait; what the database throws
 */
export async function retrievePayment(
  database: Database,
  books: GatewayBooks,
  id: string,
): Promise<BookedPayment | UnknownPayment | undefined> {
  try {
    return await books.retrieve(id);
  } catch (error) {
    if (!isAboutOnePayment(error)) throw error;
    log.warn({ err: error, paymentId: id }, 'a payment could not be read; it will be compared later');
    await noteHints(database, [id]);
    return undefined;
  }
}

/** Whether the gateway fails at one request: others may succeed. */
export function isAboutOnePayment(error: unknown): boolean {
  return error instanceof GatewayUnavailableError && !error.noResponse && !error.isGlobal;
}

/** Statuses in which no work is due. REQUIRES_ACTION is none of them: it ends by its time limit. */
export const AT_REST: ReadonlySet<string> = new Set(['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED']);

import type { CallError } from '../evidence.js';
import type { Call } from './calls.js';
import type { Facts } from './facts.js';
import type { Findings } from './findings.js';
import type { Subject } from './story.js';

/** Errors that the client makes itself: there was no answer, or not in time. */
const NO_WORD: ReadonlySet<string> = new Set(['NO_ANSWER', 'TIMEOUT']);
/** What no message may reveal to a client: stacks, statements, and the parts of the system. */
const INSIDES =
  /\n\s+at |node_modules|\.[jt]s:\d|prisma|redis|bullmq|postgres|sqlstate|\bECONN|\b(select|insert|update|delete)\b.*\b(from|into|set|where)\b|\bconstraint\b|\brelation "/i;

/** An error is either definite, with a code of the contract for the call, or retryable. */
export function checkError(facts: Facts, findings: Findings, call: Call, error: CallError): void {
  const { code, message, status, retryable } = error;
  const subject = subjectOf(call);
  const said = `#${call.id} got ${code}${status === undefined ? '' : ` with HTTP ${status}`}: ${message}`;
  if (NO_WORD.has(code)) {
    findings.check((status ?? 200) < 400, subject, `${said}, which is no GraphQL answer`);
    return;
  }
  const honest =
    retryable === true
      ? code === 'SERVICE_UNAVAILABLE' || code === 'RATE_LIMITED'
      : isDefinite(facts, call, code);
  findings.check(honest, subject, `${said}, which the contract does not have there`);
  findings.check(!INSIDES.test(message), subject, `${said}, which tells of the inside`);
}

/** Whether the code is right for this call, which then did nothing. */
function isDefinite(facts: Facts, { operation, customer }: Call, code: string): boolean {
  switch (code) {
    case 'RATE_LIMITED':
      return true;
    case 'BAD_USER_INPUT':
      return operation.name === 'createOrder' && operation.intent === 'invalid';
    case 'NOT_FOUND':
      // Invariant 6 checks whether the order is another customer's.
      return operation.name === 'orderEvents';
    case 'FORBIDDEN':
      return /DeadLetter|Discrepanc/i.test(operation.name) && !facts.operators.has(customer);
    default:
      return false;
  }
}

export function subjectOf({ customer, operation }: Call): Subject {
  switch (operation.name) {
    case 'createOrder':
    case 'orderByIdempotencyKey':
      return { customer, key: operation.key };
    case 'payOrder':
    case 'completePaymentAction':
    case 'cancelOrder':
    case 'orderEvents':
      return { orderId: operation.orderId };
    case 'order':
      return { orderId: operation.id };
    case 'deadLetters':
    case 'retryDeadLetter':
    case 'retryAllDeadLetters':
    case 'discardDeadLetter':
    case 'paymentDiscrepancies':
    case 'resolvePaymentDiscrepancy':
      return 'the run';
  }
}

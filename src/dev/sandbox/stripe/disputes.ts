import { Collection } from '../state/collection.js';
import type { Books } from '../state/books.js';
import type { ListedDispute, Outcome } from '../state/records.js';
import { disputeObject } from './dispute-object.js';
import type { FormRecord } from './form.js';
import { listPage, PAGE_PARAMETERS, requireOneEnd } from './listing.js';
import { readParameters, text } from './parameters.js';

/** Checks a list request: of one intent, of one charge, or of all disputes. @returns the execution */
export function listDisputes(books: Books, form: FormRecord): () => Outcome {
  const request = readParameters(form, { ...PAGE_PARAMETERS, payment_intent: text, charge: text });
  requireOneEnd(request);
  const { payment_intent: intentId, charge } = request;
  const objectOf = (dispute: ListedDispute): object => disputeObject(dispute, dispute.intent);
  return () => {
    // A charge has at most one dispute, and few charges have one, so that they need no index.
    const wanted = new Collection<ListedDispute>(({ id }) => id);
    for (const dispute of books.disputes.all) {
      if (intentId !== null && dispute.intent.id !== intentId) continue;
      if (charge !== null && dispute.intent.latestCharge !== charge) continue;
      wanted.put(dispute);
    }
    return listPage(wanted, request, { kind: 'dispute', url: '/v1/disputes', objectOf });
  };
}

import { isDeepStrictEqual } from 'node:util';
import type { Books } from '../state/books.js';
import type { Intent, Outcome } from '../state/records.js';
import type { FormRecord } from './form.js';
import { changeMetadata, metadataChange, TOO_MANY_KEYS } from './metadata.js';
import { readParameters } from './parameters.js';
import { refused } from './errors.js';
import { paymentIntentObject } from './objects.js';
import { requireIntent } from './payment-intents.js';

/** Checks an update, which can change the metadata only, whatever the intent's status. @returns the execution */
export function updatePaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  const { metadata: change } = readParameters(form, { metadata: metadataChange });
  return () => {
    const intent = requireIntent(books, id);
    const metadata = changeMetadata(intent.metadata, change);
    if (metadata === undefined) throw refused(TOO_MANY_KEYS, { param: 'metadata' });
    if (isDeepStrictEqual(metadata, intent.metadata)) {
      return { status: 200, body: paymentIntentObject(intent, books) };
    }
    const updated: Intent = { ...intent, metadata, metadataChangedAt: Date.now() };
    // Stripe has no event for a change of metadata.
    return { status: 200, body: paymentIntentObject(updated, books), intent: updated };
  };
}

import type { Books } from '../state/books.js';
import type { Intent } from '../state/records.js';
import { chargeObject } from './charge-object.js';
import { invalid, type StripeProblem } from './errors.js';
import type { FormRecord } from './form.js';
import { paymentIntentObject } from './objects.js';
import { list } from './parameters.js';

type ToObject = (intent: Intent, books: Books) => object;

/**
 * Reads `expand` for one PaymentIntent, whose latest charge alone can be expanded.
 *
 * @returns what makes the intent's object
 * @throws StripeProblem 400 for other properties
 */
export function expandIntent(form: FormRecord, name: string): ToObject {
  return expandPaths(list(form, name) ?? []);
}

/** Reads `expand` for a list of PaymentIntents, whose paths start with `data.`. */
export function expandIntents(form: FormRecord, name: string): ToObject {
  const paths = list(form, name) ?? [];
  const inData = paths.map((path) => {
    if (path.startsWith('data.')) return path.slice('data.'.length);
    throw notExpandable(path, ` You may want to try expanding 'data.${path}' instead.`);
  });
  return expandPaths(inData);
}

function expandPaths(paths: readonly string[]): ToObject {
  for (const path of paths) {
    const [first = '', second] = path.split('.');
    const refused = first === 'latest_charge' ? second : first;
    if (refused !== undefined) throw notExpandable(refused);
  }
  return paths.length === 0 ? paymentIntentObject : withLatestCharge;
}

function withLatestCharge(intent: Intent, books: Books): object {
  const { latestCharge } = intent;
  const charge = latestCharge === null ? null : chargeObject(intent, latestCharge);
  return { ...paymentIntentObject(intent, books), latest_charge: charge };
}

/** Stripe names the part of the path that cannot be expanded, and sends neither code nor param. */
function notExpandable(property: string, advice = ''): StripeProblem {
  return invalid(`This property cannot be expanded (${property}).${advice}`);
}

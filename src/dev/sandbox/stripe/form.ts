import { invalid } from './errors.js';

/** A decoded parameter: a text, or nested parameters. Arrays are keyed by index. */
export type FormValue = string | FormRecord;

export interface FormRecord {
  [name: string]: FormValue;
}

const NAME = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;
const MAX_DEPTH = 5;

/**
 * Decodes `application/x-www-form-urlencoded` text with Stripe's nested brackets: `metadata[order_id]=1`,
 * `payment_method_types[]=card`, `payment_method_types[0]=card`.
 *
 * @throws StripeProblem 400 for an invalid name or escape
 */
export function parseForm(text: string): FormRecord {
  const form = emptyRecord();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const [encodedName = ''] = pair.split('=', 1);
    const name = decode(encodedName);
    const value = decode(pair.slice(encodedName.length + 1));
    if (name.includes('[')) setNested(form, name, value);
    else form[name] = value;
  }
  return form;
}

// Without a prototype, "__proto__" is a name like any other.
function emptyRecord(): FormRecord {
  return Object.create(null) as FormRecord;
}

function setNested(form: FormRecord, name: string, value: string): void {
  const match = NAME.exec(name);
  const path = match === null ? [] : [match[1] ?? '', ...(match[2] ?? '').slice(1, -1).split('][')];
  const last = path.pop();
  if (last === undefined || path.length >= MAX_DEPTH) throw unreadable(name);
  let record = form;
  for (const step of path) {
    const held = (record[keyIn(record, step)] ??= emptyRecord());
    if (typeof held === 'string') throw unreadable(name);
    record = held;
  }
  record[keyIn(record, last)] = value;
}

/** Empty brackets append to the array. */
function keyIn(record: FormRecord, step: string): string {
  return step === '' ? String(Object.keys(record).length) : step;
}

function unreadable(name: string) {
  return invalid(`Invalid parameter name: ${name}`, { param: name });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) throw invalid(`Invalid percent-encoding: ${text}`);
    throw error;
  }
}

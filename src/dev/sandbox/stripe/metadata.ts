import type { FormRecord } from './form.js';
import { invalid } from './errors.js';
import { hash } from './parameters.js';

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

/** A change of an object's metadata. */
export interface MetadataChange {
  /** whether all present keys are removed first */
  readonly clears: boolean;
  /** by key; an empty value removes its key */
  readonly values: ReadonlyMap<string, string>;
}

/** Reads a change of metadata, each key and value within Stripe's limits. An empty parameter removes all keys. */
export function metadataChange(form: FormRecord, parameter: string): MetadataChange {
  if (form[parameter] === '') return { clears: true, values: new Map() };
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(hash(form, parameter) ?? {})) {
    const param = `${parameter}[${key}]`;
    if (typeof value !== 'string') throw invalid('Metadata values must be strings', { param });
    if (key.length > MAX_KEY_LENGTH || value.length > MAX_VALUE_LENGTH) {
      throw invalid('Metadata names have at most 40 characters, values at most 500', { param });
    }
    values.set(key, value);
  }
  return { clears: false, values };
}

/** Reads the metadata of a new object. */
export function metadata(form: FormRecord, parameter: string): Record<string, string> {
  const given = changeMetadata({}, metadataChange(form, parameter));
  if (given === undefined) throw invalid(TOO_MANY_KEYS, { param: parameter });
  return given;
}

export const TOO_MANY_KEYS = `Metadata has at most ${MAX_KEYS} keys`;

/** The metadata after a change, or undefined where it would have too many keys. */
export function changeMetadata(
  before: Readonly<Record<string, string>>,
  { clears, values }: MetadataChange,
): Record<string, string> | undefined {
  const changed = new Map(clears ? [] : Object.entries(before));
  for (const [key, value] of values) {
    if (value === '') changed.delete(key);
    else changed.set(key, value);
  }
  return changed.size > MAX_KEYS ? undefined : Object.fromEntries(changed);
}

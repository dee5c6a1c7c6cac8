import type { FormRecord } from './form.js';
import { invalid } from './errors.js';

/** Reads a parameter; null stands for a missing one. */
type Reader<Value> = (form: FormRecord, name: string) => Value;

/**
 * Reads each parameter with its reader.
 *
 * @throws StripeProblem 400 for an invalid parameter, and for one without a reader
 */
export function readParameters<Readers extends Readonly<Record<string, Reader<unknown>>>>(
  form: FormRecord,
  readers: Readers,
): { readonly [Name in keyof Readers]: ReturnType<Readers[Name]> } {
  const unknown = Object.keys(form).filter((name) => !Object.hasOwn(readers, name));
  const [first] = unknown;
  if (first !== undefined) {
    const noun = unknown.length === 1 ? 'parameter' : 'parameters';
    const message = `Received unknown ${noun}: ${unknown.join(', ')}`;
    throw invalid(message, { param: first, code: 'parameter_unknown' });
  }
  const values = Object.entries(readers).map(([name, read]) => [name, read(form, name)]);
  return Object.fromEntries(values) as { [Name in keyof Readers]: ReturnType<Readers[Name]> };
}

export function required<Value>(read: Reader<Value | null>): Reader<Value> {
  return (form, name) => {
    const value = read(form, name);
    if (value !== null) return value;
    throw invalid(`Missing required param: ${name}.`, { param: name, code: 'parameter_missing' });
  };
}

/** Rejects an empty value, as Stripe does. */
export function text(form: FormRecord, name: string): string | null {
  const value = form[name];
  if (value === undefined) return null;
  if (typeof value !== 'string') throw invalid(`Invalid string: ${name}`, { param: name });
  if (value !== '') return value;
  throw invalid(
    `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a field; ` +
      `however '${name}' cannot be unset.`,
    { param: name, code: 'parameter_invalid_empty' },
  );
}

/** A whole number within the bounds, both inclusive. */
export function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): Reader<number | null> {
  return (form, name) => {
    const digits = text(form, name);
    if (digits === null) return null;
    const value = /^-?\d{1,15}$/.test(digits) ? Number(digits) : NaN;
    if (value >= minimum && value <= maximum) return value;
    const bound =
      value < minimum ? `greater than or equal to ${minimum}` : `less than or equal to ${maximum}`;
    const message = Number.isNaN(value)
      ? `Invalid integer: ${digits}`
      : `This value must be ${bound} (it currently is '${value}').`;
    throw invalid(message, { param: name, code: 'parameter_invalid_integer' });
  };
}

/** False where it is missing. */
export function flag(form: FormRecord, name: string): boolean {
  const value = text(form, name);
  if (value === null || value === 'false') return false;
  if (value === 'true') return true;
  throw invalid(`Invalid boolean: ${value}`, { param: name });
}

export function choice<Word extends string>(...allowed: readonly Word[]): Reader<Word | null> {
  return (form, name) => {
    const value = text(form, name);
    const found = allowed.find((word) => word === value);
    if (value === null || found !== undefined) return found ?? null;
    throw invalid(`Invalid ${name}: must be one of ${allowed.join(', ')}`, { param: name });
  };
}

/** Nested parameters, or null where they are missing. */
export function hash(form: FormRecord, name: string): FormRecord | null {
  const value = form[name];
  if (typeof value === 'string') throw invalid(`Invalid hash: ${name}`, { param: name });
  return value ?? null;
}

export function list(form: FormRecord, name: string): string[] | null {
  const value = form[name];
  if (value === undefined) return null;
  if (typeof value === 'string') throw invalid(`Invalid array: ${name}`, { param: name });
  return Object.keys(value).map((index) => required(text)(value, index));
}

import type { FormRecord } from './form-body.js';
import { invalidParameter } from './stripe-error.js';

/**
 * Refuses parameters that the endpoint does not take.
 *
 * @throws StripeProblem 400 `parameter_unknown`
 */
export function acceptOnly(form: FormRecord, accepted: ReadonlySet<string>): void {
  const unknown = Object.keys(form).filter((name) => !accepted.has(name));
  const first = unknown[0];
  if (first === undefined) return;
  const noun = unknown.length === 1 ? 'parameter' : 'parameters';
  throw invalidParameter(`Received unknown ${noun}: ${unknown.join(', ')}`, first, 'parameter_unknown');
}

/** Text, or undefined where the parameter was left out. An empty value is refused as Stripe does. */
export function optionalText(form: FormRecord, name: string): string | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidParameter(`Invalid string: ${name}`, name);
  if (value === '') {
    throw invalidParameter(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a field; ` +
        `however '${name}' cannot be unset.`,
      name,
      'parameter_invalid_empty',
    );
  }
  return value;
}

/** @throws StripeProblem 400 `parameter_missing` */
export function requiredText(form: FormRecord, name: string): string {
  const value = optionalText(form, name);
  if (value === undefined) {
    throw invalidParameter(`Missing required param: ${name}.`, name, 'parameter_missing');
  }
  return value;
}

/** A whole number within the bounds, both included. */
export function optionalInteger(
  form: FormRecord,
  name: string,
  bounds: { minimum: number; maximum: number },
): number | undefined {
  const text = optionalText(form, name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw invalidParameter(`Invalid integer: ${text}`, name, 'parameter_invalid_integer');
  }
  const value = Number(text);
  if (value < bounds.minimum) {
    const message = `This value must be greater than or equal to ${bounds.minimum} (it currently is '${value}').`;
    throw invalidParameter(message, name, 'parameter_invalid_integer');
  }
  if (value > bounds.maximum) {
    const message = `This value must be less than or equal to ${bounds.maximum} (it currently is '${value}').`;
    throw invalidParameter(message, name, 'parameter_invalid_integer');
  }
  return value;
}

/** A boolean, false where it was left out. */
export function flag(form: FormRecord, name: string): boolean {
  const value = optionalText(form, name);
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw invalidParameter(`Invalid boolean: ${value}`, name);
}

/** One of the allowed words. */
export function optionalChoice<Word extends string>(
  form: FormRecord,
  name: string,
  allowed: readonly Word[],
): Word | undefined {
  const value = optionalText(form, name);
  if (value === undefined) return undefined;
  const found = allowed.find((word) => word === value);
  if (found === undefined) {
    throw invalidParameter(`Invalid ${name}: must be one of ${allowed.join(', ')}`, name);
  }
  return found;
}

/** A nested parameter, or undefined where it was left out. */
export function optionalRecord(form: FormRecord, name: string): FormRecord | undefined {
  const value = form[name];
  if (typeof value === 'string') throw invalidParameter(`Invalid hash: ${name}`, name);
  return value;
}

/** The texts of an array parameter. */
export function optionalList(form: FormRecord, name: string): string[] | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string') throw invalidParameter(`Invalid array: ${name}`, name);
  return Object.keys(value).map((index) => requiredText(value, index));
}

/** Metadata within Stripe's limits: 50 keys, names of 40 characters, values of 500. Empty values unset a key. */
export function metadata(form: FormRecord): Record<string, string> {
  const given = form['metadata'];
  if (given === undefined || given === '') return {};
  if (typeof given === 'string') throw invalidParameter('Invalid hash: metadata', 'metadata');
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(given)) {
    const param = `metadata[${name}]`;
    if (typeof value !== 'string') throw invalidParameter('Metadata values must be strings', param);
    if (name.length > 40 || value.length > 500) {
      throw invalidParameter('Metadata names have at most 40 characters, values at most 500', param);
    }
    if (value !== '') kept.push([name, value]);
  }
  if (kept.length > 50) throw invalidParameter('Metadata has at most 50 keys', 'metadata');
  return Object.fromEntries(kept);
}

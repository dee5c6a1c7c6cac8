import { looksLikeCardNumber } from '../inputs/not-a-card-number.js';
import { truncate } from '../../platform/truncate.js';

/** GraphQL's own messages are shorter, where no client's text makes them long. */
const MAX_MESSAGE_LENGTH = 250;

const SCALARS: Readonly<Record<string, string>> = {
  ID: 'must be a string or a whole number',
  String: 'must be a string',
  Int: 'must be a whole number of at most 32 bits',
  Float: 'must be a number',
  Boolean: 'must be true or false',
};

/** What GraphQL may say of a value, and what is told of it: the type that is expected, never the value. */
const REASONS: readonly (readonly [RegExp, (name: string) => string | undefined])[] = [
  [/^(\w+) cannot represent /, (type) => SCALARS[type]],
  [/^Enum "(\w+)" cannot represent /, (type) => `must be a value of ${type}`],
  [/ does not exist in "(\w+)" enum\./, (type) => `must be a value of ${type}`],
  [/^Expected type "\w+" to be an object\.$/, () => 'must be an object'],
  [/(?:not to be null|must not be null)\.$/, () => 'must not be null'],
  // Only a name of letters is repeated.
  [/^Field "([A-Za-z]{1,40})" is not defined by type/, (name) => `has no field ${name}`],
  [/ is not defined by type "(\w+)"\./, (type) => `has a field that ${type} does not have`],
];

/**
 * A violation from `Variable "$input" got invalid value 1.5 at "input.items[0].quantity"; Int cannot represent …`
 * or from `Argument "first" of …`: GraphQL repeats the value that it refuses, which may be a card number.
 * @param reason the message's last part alone, as the error behind it has it
 * @param tellsSchema whether it may name what the client did not name itself
 * @param variablePlace where the variable stands in the field's arguments; the client's name for it is no field's
 */
export function coercionViolation(
  message: string,
  reason: string,
  tellsSchema: boolean,
  variablePlace?: readonly string[],
): { field: string; message: string } {
  const missing = /^Field "(\w+)" of required type "[^"]+" was not provided\.$/.exec(reason)?.[1];
  const root = /^\w+ "\$?(\w+)"/.exec(message)?.[1] ?? '';
  const prefix = message.endsWith(`; ${reason}`) ? message.slice(0, -reason.length - 2) : '';
  const place = / at "([^"]+)"$/.exec(prefix)?.[1] ?? root;
  const path = missing === undefined || !tellsSchema ? place : `${place}.${missing}`;
  const within = path.slice(root.length).replace(/\[(\d+)\]/g, '.$1');
  const required = missing !== undefined || / was not provided( a runtime value)?\.$/.test(message);
  return {
    // An argument of this name holds all that a client gives: fields are told from there.
    field: `${(variablePlace ?? [root]).join('.')}${within}`.replace(/^input\./, ''),
    message: required ? requirement(missing, tellsSchema) : expectation(reason, tellsSchema),
  };
}

function requirement(missing: string | undefined, tellsSchema: boolean): string {
  return missing === undefined || tellsSchema ? 'is required' : 'lacks a field that is required';
}

function expectation(reason: string, tellsSchema: boolean): string {
  const [, scalar = ''] = /^(\w+) cannot represent /.exec(reason) ?? [];
  if (!tellsSchema && !(scalar in SCALARS)) return 'is not of the type that is expected';
  for (const [pattern, say] of REASONS) {
    const name = pattern.exec(reason);
    const said = name === null ? undefined : say(name[1] ?? '');
    if (said !== undefined) return said;
  }
  return 'is not of the type that is expected';
}

/** A message of GraphQL's about the request's text: names are repeated, within bounds, and values are not. */
export function requestMessage(message: string): string {
  const told = message
    .replace(/ value: [^]*$/, ' value.')
    .replace(/^(Expected value of type "[^"]+"), found [^]*$/, '$1.')
    .replace(/\b(Int|Float|String|BlockString) "[^]*"/, '$1');
  return truncate(looksLikeCardNumber(told) ? told.replace(/\p{N}/gu, '*') : told, MAX_MESSAGE_LENGTH);
}

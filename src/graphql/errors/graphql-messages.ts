import { looksLikeCardNumber } from '../inputs/not-a-card-number.js';
import { truncate } from '../../platform/truncate.js';

/** GraphQL's messages are shorter, unless they quote a long text of the client's. */
const MAX_MESSAGE_LENGTH = 250;

const SCALARS: Readonly<Record<string, string>> = {
  ID: 'must be a string or a whole number',
  String: 'must be a string',
  Int: 'must be a whole number of at most 32 bits',
  Float: 'must be a number',
  Boolean: 'must be true or false',
};

/** GraphQL's messages about a value, and ours: they name the expected type and never quote the value. */
const EXPECTATIONS: readonly (readonly [RegExp, (name: string) => string | undefined])[] = [
  [/^(\w+) cannot represent /, (type) => SCALARS[type]],
  [/^Enum "(\w+)" cannot represent /, (type) => `must be a value of ${type}`],
  [/ does not exist in "(\w+)" enum\./, (type) => `must be a value of ${type}`],
  [/^Expected type "\w+" to be an object\.$/, () => 'must be an object'],
  [/(?:not to be null|must not be null)\.$/, () => 'must not be null'],
  // Only a name of letters is quoted.
  [/^Field "([A-Za-z]{1,40})" is not defined by type/, (name) => `has no field ${name}`],
  [/ is not defined by type "(\w+)"\./, (type) => `has a field that ${type} does not have`],
];

/**
 * Makes a violation from `Variable "$input" got invalid value 1.5 at "input.items[0].quantity"; Int cannot represent …`
 * or `Argument "first" of …`, without the rejected value, which may be a card number.
 * @param reason the message's last part alone: the original error's message
 * @param revealSchema whether it may name types and fields that the client has not named
 * @param variablePath where the variable is used in the field's arguments; its own name is the client's choice
 */
export function coercionViolation(
  message: string,
  reason: string,
  revealSchema: boolean,
  variablePath?: readonly string[],
): { field: string; message: string } {
  const missing = /^Field "(\w+)" of required type "[^"]+" was not provided\.$/.exec(reason)?.[1];
  const root = /^\w+ "\$?(\w+)"/.exec(message)?.[1] ?? '';
  const prefix = message.endsWith(`; ${reason}`) ? message.slice(0, -reason.length - 2) : '';
  const location = / at "([^"]+)"$/.exec(prefix)?.[1] ?? root;
  const path = missing === undefined || !revealSchema ? location : `${location}.${missing}`;
  const innerPath = path.slice(root.length).replace(/\[(\d+)\]/g, '.$1');
  const required = missing !== undefined || / was not provided( a runtime value)?\.$/.test(message);
  return {
    // The argument `input` holds the whole input of a mutation: its fields are named without it.
    field: `${(variablePath ?? [root]).join('.')}${innerPath}`.replace(/^input\./, ''),
    message: required ? requirement(missing, revealSchema) : expectation(reason, revealSchema),
  };
}

function requirement(missing: string | undefined, revealSchema: boolean): string {
  return missing === undefined || revealSchema ? 'is required' : 'lacks a required field';
}

function expectation(reason: string, revealSchema: boolean): string {
  const [, scalar = ''] = /^(\w+) cannot represent /.exec(reason) ?? [];
  if (!revealSchema && !(scalar in SCALARS)) return 'does not have the expected type';
  for (const [pattern, describe] of EXPECTATIONS) {
    const match = pattern.exec(reason);
    const description = match === null ? undefined : describe(match[1] ?? '');
    if (description !== undefined) return description;
  }
  return 'does not have the expected type';
}

/** GraphQL's message about a document, shortened, with names but without values. */
export function requestMessage(message: string): string {
  const withoutValues = message
    .replace(/ value: [^]*$/, ' value.')
    .replace(/^(Expected value of type "[^"]+"), found [^]*$/, '$1.')
    .replace(/\b(Int|Float|String|BlockString) "[^]*"/, '$1');
  const safe = looksLikeCardNumber(withoutValues) ? withoutValues.replace(/\p{N}/gu, '*') : withoutValues;
  return truncate(safe, MAX_MESSAGE_LENGTH);
}

import fc from 'fast-check';
import { CreateOrderDocument } from './documents.js';
import { goodInput, orderInputs } from './hostile-order-inputs.js';
import { often, wildJson, wildText } from './hostile-values.js';

/** A request as it is sent, and its input if the answer to that can be predicted. */
export interface HostileRequest {
  readonly customer: number;
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** Undefined if the request cannot create an order. */
  readonly input?: unknown;
}

export const CUSTOMERS = 200;
const CREATE = CreateOrderDocument.toString();
const JSON_TYPE = 'application/json';

/** The value as the server sees it after JSON: without undefined and -0. */
const asJson = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

const byVariables = orderInputs.map((value) => ({
  body: JSON.stringify({ query: CREATE, variables: { input: value } }),
  input: asJson(value),
}));
const byLiterals = orderInputs.map((value) => {
  const query = CREATE.replace('($input: CreateOrderInput!)', '').replace('$input', () =>
    literal(asJson(value)),
  );
  return { body: JSON.stringify({ query }), input: asJson(value) };
});

/** A value as a GraphQL literal. An invalid name is a syntax error, and such a field is refused anyway. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return `{ ${Object.entries(value)
    .map(([name, field]) => `${name}: ${literal(field)}`)
    .join(', ')} }`;
}

/** Variables that cannot create an order, for arbitrary query texts. */
const HARMLESS = { input: { idempotencyKey: 'k', items: [], paymentMethod: 'a' } };
const TOKENS = CREATE.split(/(?<=[\s{}()[\]:!$.])/);
const cutUp = fc
  .tuple(
    fc.nat(TOKENS.length),
    fc.nat(TOKENS.length),
    fc.array(fc.oneof(fc.constantFrom(...TOKENS), wildText), { maxLength: 6 }),
  )
  .map(([from, to, between]) => [...TOKENS.slice(0, from), ...between, ...TOKENS.slice(to)].join(''));
const soup = fc
  .array(
    fc.constantFrom(
      ...TOKENS,
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '"',
      '"""',
      '@skip(if: true)',
      '...',
      '#',
      '&',
      '1',
      '-',
      '\\u{1F600}',
    ),
    { maxLength: 80 },
  )
  .map((tokens) => tokens.join(' '));
const repeated = fc
  .tuple(
    fc.constantFrom(
      '{',
      '[',
      '(',
      '{a',
      '...on A{',
      'x',
      '"',
      '"""',
      '\\',
      '$',
      '@',
      '#',
      '{orders(status:[',
    ),
    fc.integer({ min: 1, max: 4_000 }),
  )
  .map(([unit, count]) => unit.repeat(count));
const wildQuery = fc.oneof(cutUp, soup, repeated, wildText).map((query) => ({
  body: JSON.stringify({ query, variables: HARMLESS }),
}));

const wildBody = fc
  .record(
    {
      query: fc.oneof(fc.constant('{ __typename }'), wildJson),
      variables: wildJson,
      operationName: wildJson,
      extensions: wildJson,
      id: wildJson,
    },
    { requiredKeys: [] },
  )
  .map((body) => ({ body: JSON.stringify(body) }));
const anyJson = fc
  .oneof(
    fc.json(),
    wildJson.map((value) => JSON.stringify(value)),
  )
  .map((body) => ({ body }));
const brokenJson = fc
  .tuple(goodInput, fc.nat(), fc.string({ maxLength: 3 }))
  // `nput` instead of `input`, so that no mutation of the text can create an order.
  .map(([value, at, text]) => {
    const whole = JSON.stringify({ query: CREATE, variables: { nput: value } });
    const place = at % whole.length;
    return { body: `${whole.slice(0, place)}${text}${whole.slice(place + 1)}` };
  });
const bytes = fc.uint8Array({ maxLength: 400 }).map((body) => ({ body }));

const contentType = fc.oneof(
  often(30, fc.constant(JSON_TYPE)),
  often(
    1,
    fc.constantFrom(
      'text/plain',
      'application/graphql',
      'application/json; charset=utf-16',
      'x',
      'multipart/form-data',
    ),
  ),
);

/** A fifth of the requests is malformed; the others have hostile inputs. */
export const hostileRequest: fc.Arbitrary<HostileRequest> = fc
  .tuple(
    fc.nat(CUSTOMERS - 1),
    fc.oneof(
      often(
        12,
        byVariables.map((request) => ({ ...request, contentType: JSON_TYPE })),
      ),
      often(
        4,
        byLiterals.map((request) => ({ ...request, contentType: JSON_TYPE })),
      ),
      often(
        4,
        fc
          .tuple(fc.oneof(wildQuery, wildBody, anyJson, brokenJson, bytes), contentType)
          .map(([request, type]) => ({ ...request, contentType: type })),
      ),
    ),
  )
  .map(([customer, request]) => ({ customer, ...request }));

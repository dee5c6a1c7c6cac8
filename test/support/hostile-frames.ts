import fc from 'fast-check';
import { OrderEventsDocument } from './documents.js';
import { often, wildJson, wildText } from './hostile-values.js';
import { CONTINUATION, type Frame } from './web-socket-frames.js';

/** Frames sent in one piece, or arbitrary bytes. */
export type Part = readonly Frame[] | Uint8Array;

/** Placeholders, replaced when a frame is sent. */
export const TOKEN = '<the token>';
export const ORDER_ID = '<the order>';

const SUBSCRIPTION = OrderEventsDocument.toString();
export const OVERSIZE = 'x'.repeat(65_537);

const ids = fc.oneof(often(5, fc.constantFrom('1', '2')), often(1, wildJson));
const authorization = fc.oneof(often(2, fc.constant(`Bearer ${TOKEN}`)), often(1, wildJson));
const init = fc
  .oneof(often(4, fc.record({ Authorization: authorization })), often(1, wildJson))
  .map((payload) => ({ type: 'connection_init', payload }));
const variables = fc.oneof(
  often(
    3,
    fc.record(
      { orderId: fc.constant(ORDER_ID), afterVersion: fc.constantFrom(0, 1, -1, null) },
      {
        requiredKeys: ['orderId'],
      },
    ),
  ),
  often(2, fc.record({ orderId: wildJson, afterVersion: wildJson })),
  often(1, wildJson),
);
const subscribe = fc.oneof(
  often(5, fc.record({ query: fc.constant(SUBSCRIPTION), variables })),
  often(1, fc.record({ query: fc.constant(SUBSCRIPTION), operationName: wildJson, extensions: wildJson })),
  often(1, fc.record({ query: wildText })),
  often(1, wildJson),
);
const message: fc.Arbitrary<unknown> = fc.oneof(
  often(2, init),
  often(
    4,
    fc.tuple(ids, subscribe).map(([id, payload]) => ({ type: 'subscribe', id, payload })),
  ),
  often(
    3,
    fc.record(
      {
        type: fc.oneof(fc.constantFrom('complete', 'ping', 'pong', 'stop'), wildJson),
        id: ids,
        payload: wildJson,
      },
      { requiredKeys: ['type'] },
    ),
  ),
  often(1, wildJson),
);

const messageText = message.map((made) => JSON.stringify(made));
const goodFrame = messageText.map((payload) => [{ payload }]);
/** A message in two frames, with other frames between them. */
const fragments = fc
  .tuple(
    messageText,
    fc.nat(40),
    fc.constantFrom<Frame[]>([], [{ payload: 'ping', opcode: 9 }], [{ payload: 'next' }]),
  )
  .map(([whole, at, between]) => [
    { payload: whole.slice(0, at), fin: false },
    ...between,
    { payload: whole.slice(at), opcode: CONTINUATION },
  ]);
const lies = [0n, 1n, 125n, 126n, 65_535n, 65_536n, 65_537n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const badFrame = fc
  .record(
    {
      payload: fc.oneof(fc.uint8Array({ maxLength: 200 }), wildText),
      opcode: fc.oneof(fc.constantFrom(0, 1, 2, 8, 9, 10), fc.integer({ min: 0, max: 15 })),
      fin: fc.boolean(),
      reserved: fc.integer({ min: 0, max: 7 }),
      masked: fc.boolean(),
      claimedLength: fc.constantFrom(...lies),
    },
    { requiredKeys: ['payload'] },
  )
  .map((frame) => [frame]);

export const part: fc.Arbitrary<Part> = fc.oneof(
  often(12, goodFrame),
  often(3, fragments),
  often(6, badFrame),
  often(1, fc.constant([{ payload: OVERSIZE }])),
  often(3, fc.uint8Array({ maxLength: 300 })),
);

/** A valid connection_init. */
export const ADMITTED: Part = [
  { payload: JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${TOKEN}` } }) },
];
/** A valid subscription. */
export const WATCHING: Part = [
  {
    payload: JSON.stringify({
      type: 'subscribe',
      id: '1',
      payload: { query: SUBSCRIPTION, variables: { orderId: ORDER_ID, afterVersion: 0 } },
    }),
  },
];

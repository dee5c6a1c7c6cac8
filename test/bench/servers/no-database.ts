import { randomUUID } from 'node:crypto';
import { CreateOrder } from '../../../src/orders/create/create-order.js';

/** The whole server with a createOrder that stores nothing: the cost of everything but the database. */
CreateOrder.prototype.create = async ({ customerId, idempotencyKey }) => {
  const now = new Date();
  return {
    kind: 'created',
    order: {
      id: randomUUID(),
      customerId,
      idempotencyKey,
      status: 'PENDING',
      version: 1,
      total: { amount: 1_000, currency: 'EUR' },
      failure: null,
      createdAt: now,
      updatedAt: now,
    },
  };
};
await import('../../../src/main.js');

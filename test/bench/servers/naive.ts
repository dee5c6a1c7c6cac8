import 'reflect-metadata';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Args, GraphQLModule, Mutation, Resolver } from '@nestjs/graphql';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../../../src/generated/prisma/client.js';
import type { CreateOrderInput } from '../load.js';

/**
 * A typical first version: Nest and Apollo with their defaults, one nested write through Prisma for each order, the
 * prices read before it, and no token, idempotency or outbox.
 */
const typeDefs = `
  type Query { health: String! }
  type Money { amount: Int! currency: String! }
  type Order { id: ID! status: String! version: Int! total: Money! }
  type CreateOrderSuccess { order: Order! replayed: Boolean! }
  input OrderItemInput { sku: String! quantity: Int! }
  input CreateOrderInput { idempotencyKey: String! items: [OrderItemInput!]! paymentMethod: String! }
  type Mutation { createOrder(input: CreateOrderInput!): CreateOrderSuccess! }
`;
const prisma = new PrismaClient({
  adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] ?? '' }),
});

@Resolver()
class OrdersResolver {
  @Mutation()
  async createOrder(@Args('input') input: CreateOrderInput) {
    const products = await prisma.product.findMany({
      where: { sku: { in: input.items.map(({ sku }) => sku) }, active: true },
    });
    const lines = input.items.map(({ sku, quantity }, position) => {
      const product = products.find((candidate) => candidate.sku === sku);
      if (product === undefined) throw new Error(`${sku} is not for sale`);
      const { name, unitAmount, currency } = product;
      return { item: { position, sku, name, unitAmount, quantity }, currency };
    });
    const order = await prisma.order.create({
      data: {
        customerId: 'naive',
        // The column is required, and unused here.
        idempotencyKey: input.idempotencyKey,
        fingerprint: new Uint8Array(),
        totalAmount: lines.reduce((sum, { item }) => sum + item.unitAmount * item.quantity, 0),
        currency: lines[0]?.currency ?? '',
        paymentMethod: input.paymentMethod,
        items: { create: lines.map(({ item }) => item) },
        events: { create: { version: 1, type: 'ORDER_CREATED', status: 'PENDING' } },
      },
      include: { items: true },
    });
    const { id, status, version, totalAmount, currency } = order;
    return { order: { id, status, version, total: { amount: totalAmount, currency } }, replayed: false };
  }
}

@Module({
  imports: [GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, typeDefs, path: '/graphql' })],
  providers: [OrdersResolver],
})
class NaiveModule {}

const app = await NestFactory.create(NaiveModule, { logger: false });
await app.listen(0, '127.0.0.1');
console.log(JSON.stringify({ url: await app.getUrl(), msg: 'ready' }));
process.once('SIGTERM', () => process.exit(0));

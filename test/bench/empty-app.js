import 'reflect-metadata';
import { ApolloDriver } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** The least that Nest, Fastify and Apollo can be: one field, and nothing behind it. */
class EmptyModule {}
Module({
  imports: [
    GraphQLModule.forRoot({
      driver: ApolloDriver,
      typeDefs: 'type Query { ready: Boolean! }',
      resolvers: { Query: { ready: () => true } },
    }),
  ],
})(EmptyModule);

process.on('SIGTERM', () => process.exit(0));
const app = await NestFactory.create(EmptyModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
console.log(JSON.stringify({ url: `http://127.0.0.1:${app.getHttpServer().address().port}`, msg: 'ready' }));

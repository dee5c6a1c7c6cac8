import 'reflect-metadata';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/** The smallest app with Nest, Fastify and Apollo: one field with a constant value. */
@Module({
  imports: [
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      typeDefs: 'type Query { ready: Boolean! }',
      resolvers: { Query: { ready: () => true } },
    }),
  ],
})
class EmptyModule {}

process.on('SIGTERM', () => process.exit(0));
const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(0, '127.0.0.1');
console.log(JSON.stringify({ url: await app.getUrl(), msg: 'ready' }));

import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { Database } from './database/database.js';
import { PubSub } from './redis/pub-sub.js';
import { RedisConnections } from './redis/redis.js';

/** For every role: the configuration, and the connections to PostgreSQL and Redis. */
@Module({})
export class PlatformModule {
  static register(config: Config): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }, Database, RedisConnections, PubSub],
      exports: [CONFIG, Database, RedisConnections, PubSub],
    };
  }
}

import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { Database } from './database/database.js';
import { DependencyChecks } from '../http/health/dependency-checks.js';
import { HealthController } from '../http/health/health-controller.js';
import { MetricsController } from '../http/health/metrics-controller.js';
import { News } from './redis/pub-sub.js';
import { Readiness } from '../http/health/readiness.js';
import { RedisConnections } from './redis/redis.js';
import { UnsentBytes } from '../http/unsent-bytes.js';

/** What every process has, whatever its roles: configuration, database, news, health and metrics. */
@Module({})
export class PlatformModule {
  static register(config: Config): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      controllers: [
        HealthController,
        // Without it, /metrics is answered as any path is that does not exist.
        ...(config.http.metrics.kind === 'closed' ? [] : [MetricsController]),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        Database,
        RedisConnections,
        News,
        DependencyChecks,
        Readiness,
        UnsentBytes,
      ],
      exports: [CONFIG, Database, RedisConnections, News, DependencyChecks, Readiness, UnsentBytes],
    };
  }
}

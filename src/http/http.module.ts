import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { DependencyChecks } from './health/dependency-checks.js';
import { HealthController } from './health/health-controller.js';
import { MetricsController } from './health/metrics-controller.js';
import { Readiness } from './health/readiness.js';
import { UnsentResponses } from './unsent-responses.js';
import { UnsentBytes } from './unsent-bytes.js';

/**
 * What every process with an HTTP server has: health, metrics, and a limit to unread responses. Global, since Nest
 * initializes global modules first, and the server's hooks have to be registered before its routes.
 */
@Module({})
export class HttpModule {
  static register(config: Config): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      controllers: [
        HealthController,
        // Closed metrics answer like any path that does not exist.
        ...(config.http.metrics.kind === 'closed' ? [] : [MetricsController]),
      ],
      providers: [DependencyChecks, Readiness, UnsentResponses, UnsentBytes],
      exports: [DependencyChecks, Readiness, UnsentBytes],
    };
  }
}

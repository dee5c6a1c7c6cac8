import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { DependencyChecks } from './health/dependency-checks.js';
import { HealthController } from './health/health-controller.js';
import { MetricsController } from './health/metrics-controller.js';
import { Readiness } from './health/readiness.js';
import { UnsentAnswers } from './unsent-answers.js';
import { UnsentBytes } from './unsent-bytes.js';

/**
 * What a process has because it listens: health, metrics, and a limit to what clients don't read. Global, since Nest
 * starts global modules first: hooks of the server have to be there before its routes.
 */
@Module({})
export class HttpModule {
  static register(config: Config): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      controllers: [
        HealthController,
        // Without it, /metrics is answered as any path is that does not exist.
        ...(config.http.metrics.kind === 'closed' ? [] : [MetricsController]),
      ],
      providers: [DependencyChecks, Readiness, UnsentAnswers, UnsentBytes],
      exports: [DependencyChecks, Readiness, UnsentBytes],
    };
  }
}

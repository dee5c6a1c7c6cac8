import { Controller, Get, Headers, Inject, Res, UnauthorizedException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { collectDefaultMetrics, register } from 'prom-client';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { mayReadMetrics } from './metrics-access.js';

if (register.getSingleMetric('process_cpu_seconds_total') === undefined) collectDefaultMetrics();

/** The process's metrics, for Prometheus. */
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'http'>) {}

  /** @throws UnauthorizedException without the token that METRICS_TOKEN asks for */
  @Get()
  async metrics(
    @Headers() headers: IncomingHttpHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (!mayReadMetrics(headers, this.config.http)) {
      void reply.header('www-authenticate', 'Bearer');
      throw new UnauthorizedException();
    }
    void reply.header('content-type', register.contentType);
    return register.metrics();
  }
}

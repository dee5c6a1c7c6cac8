import { Controller, Get, Headers, HttpStatus, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { mayReadMetrics } from './metrics-access.js';
import { Readiness, type ReadinessReport } from './readiness.js';

/** Probes for orchestrators and load balancers. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    @Inject(CONFIG) private readonly config: Pick<Config, 'http'>,
  ) {}

  /** 200 while the process runs; restart it when this fails. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /**
   * 200 while this process can work, 503 otherwise; send it traffic only while this is 200. The details are only for
   * callers that may read the metrics.
   */
  @Get('ready')
  async ready(
    @Headers() headers: IncomingHttpHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Pick<ReadinessReport, 'status'>> {
    const report = await this.readiness.report();
    void reply.code(report.status === 'not ready' ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK);
    return mayReadMetrics(headers, this.config.http) ? report : { status: report.status };
  }
}

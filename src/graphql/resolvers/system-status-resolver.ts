import { Query } from '@nestjs/graphql';
import { ApiResolver } from './api-resolver.js';
import { SystemStatus, type SystemStatusReport } from './system-status.js';

@ApiResolver()
export class SystemStatusResolver {
  constructor(private readonly status: SystemStatus) {}

  @Query('systemStatus')
  async systemStatus(): Promise<SystemStatusReport> {
    return this.status.report();
  }
}

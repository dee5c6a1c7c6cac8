import { Query } from '@nestjs/graphql';
import { OperatorsOnly } from './caller-guard.js';
import { GuardedResolver } from './guarded-resolver.js';
import { SystemStatus, type SystemStatusReport } from './system-status.js';

@GuardedResolver()
export class SystemStatusResolver {
  constructor(private readonly status: SystemStatus) {}

  @Query('systemStatus')
  @OperatorsOnly()
  async systemStatus(): Promise<SystemStatusReport> {
    return this.status.report();
  }
}

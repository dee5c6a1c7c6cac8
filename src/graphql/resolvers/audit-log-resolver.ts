import { Args, Query } from '@nestjs/graphql';
import { type AuditEntry, AuditLog } from '../../audit/audit-log.js';
import { UUID } from '../../platform/uuid.js';
import { ApiResolver } from './api-resolver.js';
import { page, type PageArguments } from './pagination.js';

@ApiResolver()
export class AuditLogResolver {
  constructor(private readonly auditEntries: AuditLog) {}

  @Query('auditLog')
  async auditLog(@Args() args: PageArguments) {
    return page(
      {
        name: 'audit-entry',
        isKey: (key) => UUID.test(key),
        keyOf: ({ id }: AuditEntry) => id,
        read: (limit, afterId) => this.auditEntries.list({ limit, afterId }),
        count: () => this.auditEntries.count(),
      },
      args,
    );
  }
}

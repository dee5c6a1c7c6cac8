import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '../generated/prisma/client.js';
import { Database } from '../platform/database/database.js';

export type { AuditEntry };

/** Reads the audit log. Entries are written in the statements of the actions, see audit-entry.ts. */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  /** Lists up to `limit` entries, newest first, older than the given one. */
  async list(page: { readonly limit: number; readonly afterId: string | undefined }): Promise<AuditEntry[]> {
    return this.database.auditEntry.findMany({
      ...(page.afterId === undefined ? {} : { where: { id: { lt: page.afterId } } }),
      orderBy: { id: 'desc' },
      take: page.limit,
    });
  }

  async count(): Promise<number> {
    return this.database.auditEntry.count();
  }
}

import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '../generated/prisma/client.js';
import { Database } from '../platform/database/database.js';

export type { AuditEntry };

/** Reads what operators did. Entries are written with the acts: see audit-entry.ts. */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  /** Up to `limit` entries, newest first, after (older than) the given one. */
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

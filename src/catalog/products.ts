import { Injectable } from '@nestjs/common';
import { auditEntry } from '../audit/audit-entry.js';
import type { Product as ProductRow } from '../generated/prisma/client.js';
import { Prisma } from '../generated/prisma/client.js';
import { Database } from '../platform/database/database.js';
import { describeChange, type Product } from './product.js';

/** An attempt fails only where another operator has changed the same product since it was read. */
const MAX_ATTEMPTS = 20;

/** The product catalogue. */
@Injectable()
export class Products {
  constructor(private readonly database: Database) {}

  /** Lists up to `limit` products by SKU, after the given one. */
  async list(page: { readonly limit: number; readonly afterSku: string | undefined }): Promise<Product[]> {
    const rows = await this.database.product.findMany({
      ...(page.afterSku === undefined ? {} : { where: { sku: { gt: page.afterSku } } }),
      orderBy: { sku: 'asc' },
      take: page.limit,
    });
    return rows.map(fromRow);
  }

  async count(): Promise<number> {
    return this.database.product.count();
  }

  /**
   * Creates or changes a product, with an audit log entry in the same statement. Writes nothing where nothing changes.
   * Existing orders keep their own copy of name and price.
   * @param wanted where `active` is null, a new product is active, and an existing one keeps its value
   * @param by the operator's `sub`
   * @throws after MAX_ATTEMPTS conflicts with other operators
   */
  async upsert(
    wanted: Omit<Product, 'active'> & { readonly active: boolean | null },
    by: string,
  ): Promise<Product> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const row = await this.database.product.findUnique({ where: { sku: wanted.sku } });
      const before = row === null ? undefined : fromRow(row);
      const product = { ...wanted, active: wanted.active ?? before?.active ?? true };
      const detail = describeChange(before, product);
      if (detail === undefined) return product;
      const action = { actor: by, action: 'upsertProduct', target: product.sku, reason: null, detail };
      const { sql } = auditEntry(action);
      const written = await this.database.$queryRaw<unknown[]>(
        before === undefined ? createStatement(product, sql) : changeStatement(before, product, sql),
      );
      if (written.length > 0) return product;
    }
    throw new Error(
      `product ${wanted.sku} could not be changed: ${MAX_ATTEMPTS} conflicts with other operators`,
    );
  }
}

function createStatement({ sku, name, price, active }: Product, entry: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`/* create-product */
    WITH moved AS (
      INSERT INTO products (sku, name, unit_amount, currency, active)
      VALUES (${sku}, ${name}, ${price.amount}::int, ${price.currency}, ${active})
      ON CONFLICT (sku) DO NOTHING RETURNING sku
    ), audit_entry AS (${entry})
    SELECT sku FROM moved`;
}

/** A compare-and-set: the audit entry names the old values. */
function changeStatement(before: Product, { sku, name, price, active }: Product, entry: Prisma.Sql) {
  return Prisma.sql`/* change-product */
    WITH moved AS (
      UPDATE products SET name = ${name}, unit_amount = ${price.amount}::int, currency = ${price.currency},
        active = ${active}, updated_at = now()
      WHERE sku = ${sku} AND name = ${before.name} AND unit_amount = ${before.price.amount}::int
        AND currency = ${before.price.currency} AND active = ${before.active}
      RETURNING sku
    ), audit_entry AS (${entry})
    SELECT sku FROM moved`;
}

function fromRow({ sku, name, unitAmount, currency, active }: ProductRow): Product {
  return { sku, name, price: { amount: unitAmount, currency }, active };
}

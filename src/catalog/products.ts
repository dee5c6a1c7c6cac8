import { Injectable } from '@nestjs/common';
import { auditEntry } from '../audit/audit-entry.js';
import type { Product as ProductRow } from '../generated/prisma/client.js';
import { Prisma } from '../generated/prisma/client.js';
import { Database } from '../platform/database/database.js';
import { changesOf, type Product } from './product.js';

/** Each lost race means that another operator has changed the same product in the meantime. */
const MAX_RACES = 20;

/** What the shop sells, and for how much. */
@Injectable()
export class Products {
  constructor(private readonly database: Database) {}

  /** Up to `limit` products by SKU, after the given one. */
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
   * Creates the product, or changes it, together with an entry of the audit log that says what it was before. Where it
   * is so already, nothing is written. Orders that were made before keep their own copy of name and price.
   * @param wanted where `active` is null, a new product is active, and another one stays as it is
   * @param by the operator's sub
   */
  async upsert(
    wanted: Omit<Product, 'active'> & { readonly active: boolean | null },
    by: string,
  ): Promise<Product> {
    for (let race = 0; race < MAX_RACES; race += 1) {
      const row = await this.database.product.findUnique({ where: { sku: wanted.sku } });
      const before = row === null ? undefined : fromRow(row);
      const product = { ...wanted, active: wanted.active ?? before?.active ?? true };
      const detail = changesOf(before, product);
      if (detail === undefined) return product;
      const act = { actor: by, action: 'upsertProduct', target: product.sku, reason: null, detail };
      const { sql } = auditEntry(act);
      const written = await this.database.$queryRaw<unknown[]>(
        before === undefined ? createStatement(product, sql) : changeStatement(before, product, sql),
      );
      if (written.length > 0) return product;
    }
    throw new Error(`the product was changed by others ${MAX_RACES} times while it was to be changed`);
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

/** Only where it still is what it was: the entry says so. */
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

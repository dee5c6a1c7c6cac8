import { Injectable } from '@nestjs/common';
import type { Product as ProductRow } from '../generated/prisma/client.js';
import { Database } from '../platform/database.js';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: { readonly amount: number; readonly currency: string };
  readonly active: boolean;
}

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
   * Creates the product, or changes it. Orders that were made before keep their own copy of name and price.
   * @param product where `active` is null, a new product is active, and another one stays as it is
   */
  async upsert(product: Omit<Product, 'active'> & { readonly active: boolean | null }): Promise<Product> {
    const { sku, name, price, active } = product;
    const [row] = await this.database.$queryRaw<ProductRow[]>`/* upsert-product */
      INSERT INTO products (sku, name, unit_amount, currency, active)
      VALUES (${sku}, ${name}, ${price.amount}::int, ${price.currency}, coalesce(${active}::boolean, true))
      ON CONFLICT (sku) DO UPDATE SET name = excluded.name, unit_amount = excluded.unit_amount,
        currency = excluded.currency,
        active = coalesce(${active}::boolean, products.active), updated_at = now()
      RETURNING sku, name, unit_amount AS "unitAmount", currency::text AS currency, active`;
    if (row === undefined) throw new Error('upsert-product answered with no row');
    return fromRow(row);
  }
}

function fromRow({ sku, name, unitAmount, currency, active }: ProductRow): Product {
  return { sku, name, price: { amount: unitAmount, currency }, active };
}

import { Args, Mutation, Query } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import type { Product } from '../../catalog/product.js';
import { Products } from '../../catalog/products.js';
import { ApiResolver } from './api-resolver.js';
import { CurrentCaller } from '../context.js';
import { SKU } from '../inputs/formats.js';
import { InputPipe } from '../inputs/input-pipe.js';
import { UpsertProductInput } from '../inputs/upsert-product-input.js';
import { page, type PageArguments } from './pagination.js';

@ApiResolver('Product')
export class ProductsResolver {
  constructor(private readonly catalog: Products) {}

  @Query('products')
  async products(@Args() args: PageArguments) {
    return page(
      {
        name: 'product',
        isKey: (key) => SKU.test(key),
        keyOf: (product: Product) => product.sku,
        read: (limit, afterSku) => this.catalog.list({ limit, afterSku }),
        count: () => this.catalog.count(),
      },
      args,
    );
  }

  @Mutation('upsertProduct')
  async upsertProduct(
    @CurrentCaller() { customerId: by }: Caller,
    @Args('input', InputPipe) { active, ...input }: UpsertProductInput,
  ): Promise<Product> {
    return this.catalog.upsert({ ...input, active: active ?? null }, by);
  }
}

import { Type } from 'class-transformer';
import { IsBoolean, IsOptional, Matches, Validate, ValidateNested } from 'class-validator';
import { ChargeablePrice } from './chargeable-price.js';
import { PRODUCT_NAME, PRODUCT_NAME_MESSAGE, SKU, SKU_MESSAGE } from './formats.js';
import { PriceInput } from './price-input.js';

export class UpsertProductInput {
  @Matches(SKU, { message: SKU_MESSAGE })
  sku!: string;

  @Matches(PRODUCT_NAME, { message: PRODUCT_NAME_MESSAGE })
  name!: string;

  @ValidateNested()
  @Type(() => PriceInput)
  @Validate(ChargeablePrice)
  price!: PriceInput;

  @IsOptional()
  @IsBoolean()
  active?: boolean | null;
}

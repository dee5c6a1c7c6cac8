import { Type } from 'class-transformer';
import { IsBoolean, IsOptional, Matches, Validate, ValidateNested } from 'class-validator';
import { ChargeablePrice } from './chargeable-price.js';
import { PRODUCT_NAME, PRODUCT_NAME_MESSAGE, SKU, SKU_MESSAGE } from './formats.js';
import { MoneyInput } from './money-input.js';

export class UpsertProductInput {
  @Matches(SKU, { message: SKU_MESSAGE })
  sku!: string;

  @Matches(PRODUCT_NAME, { message: PRODUCT_NAME_MESSAGE })
  name!: string;

  @ValidateNested()
  @Type(() => MoneyInput)
  @Validate(ChargeablePrice)
  price!: MoneyInput;

  @IsOptional()
  @IsBoolean()
  active?: boolean | null;
}

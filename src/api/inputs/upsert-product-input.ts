import { Type } from 'class-transformer';
import { IsBoolean, IsOptional, Matches, ValidateNested } from 'class-validator';
import { SKU, SKU_MESSAGE } from './formats.js';
import { MoneyInput } from './money-input.js';

export class UpsertProductInput {
  @Matches(SKU, { message: SKU_MESSAGE })
  sku!: string;

  // No control, format, surrogate, private or unassigned characters.
  @Matches(/^\P{C}{1,200}$/u, { message: 'must be 1 to 200 printable characters' })
  name!: string;

  @ValidateNested()
  @Type(() => MoneyInput)
  price!: MoneyInput;

  @IsOptional()
  @IsBoolean()
  active?: boolean | null;
}

import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  Validate,
  ValidateNested,
} from 'class-validator';
import {
  IDEMPOTENCY_KEY,
  IDEMPOTENCY_KEY_MESSAGE,
  PAYMENT_METHOD,
  PAYMENT_METHOD_MESSAGE,
  SKU,
  SKU_MESSAGE,
} from './formats.js';
import { SIZE } from './input-pipe.js';
import { MoneyInput } from './money-input.js';
import { NotACardNumber } from './not-a-card-number.js';

export class OrderItemInput {
  @Matches(SKU, { message: SKU_MESSAGE })
  sku!: string;

  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(1_000, { message: 'must be at most 1000' })
  quantity!: number;
}

export class CreateOrderInput {
  @Matches(IDEMPOTENCY_KEY, { message: IDEMPOTENCY_KEY_MESSAGE })
  idempotencyKey!: string;

  @ArrayMinSize(1, { message: 'must have at least 1 line' })
  @ArrayMaxSize(100, { message: 'must have at most 100 lines', groups: [SIZE] })
  @ArrayUnique((item: OrderItemInput) => item.sku, { message: 'must not name a SKU twice' })
  @ValidateNested({ each: true })
  @Type(() => OrderItemInput)
  items!: OrderItemInput[];

  @Matches(PAYMENT_METHOD, { message: PAYMENT_METHOD_MESSAGE })
  @Validate(NotACardNumber)
  paymentMethod!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => MoneyInput)
  expectedTotal?: MoneyInput | null;
}

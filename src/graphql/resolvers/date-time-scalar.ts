import { Scalar } from '@nestjs/graphql';

/** ISO 8601 in UTC with milliseconds. Output only. */
@Scalar('DateTime')
export class DateTimeScalar {
  readonly description = 'A point in time, ISO 8601 in UTC with milliseconds.';

  serialize(value: unknown): string {
    if (!(value instanceof Date)) throw new TypeError('a DateTime field needs a Date');
    return value.toISOString();
  }
}

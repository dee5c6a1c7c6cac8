import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { badUserInput, type Violation } from '../errors/errors.js';

/** The group of rules that are checked first, so that the entries of a list that is too long are never validated. */
export const SIZE = 'size';

const OPTIONS = {
  whitelist: true,
  forbidNonWhitelisted: true,
  validationError: { target: false, value: false },
} as const;

/** Validates an input argument against its class, and reports all violations with their fields. */
@Injectable()
export class InputPipe implements PipeTransform<object, Promise<object>> {
  async transform(value: object, { metatype }: ArgumentMetadata): Promise<object> {
    if (metatype === undefined) throw new Error('InputPipe needs an argument whose type is a class');
    const input = plainToInstance(metatype as new () => object, value);
    throwIfInvalid(await validate(input, { groups: [SIZE], forbidUnknownValues: false }));
    throwIfInvalid(await validate(input, OPTIONS));
    return input;
  }
}

/** @throws BAD_USER_INPUT where there is an error */
function throwIfInvalid(errors: readonly ValidationError[]): void {
  if (errors.length > 0) throw badUserInput(errors.flatMap((error) => violations(error, '')));
}

function violations(error: ValidationError, prefix: string): Violation[] {
  const field = `${prefix}${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => violations(child, `${field}.`))];
}

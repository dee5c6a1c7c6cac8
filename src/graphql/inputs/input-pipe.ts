import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { badUserInput, type Violation } from '../errors/errors.js';

/** The group of the rules that come first: what a list that is too long has in it is not looked at. */
export const SIZE = 'size';

const OPTIONS = {
  whitelist: true,
  forbidNonWhitelisted: true,
  validationError: { target: false, value: false },
} as const;

/** Checks an input argument against its class; every violation is reported, each with its field. */
@Injectable()
export class InputPipe implements PipeTransform<object, Promise<object>> {
  async transform(value: object, { metatype }: ArgumentMetadata): Promise<object> {
    if (metatype === undefined) throw new Error('InputPipe needs an argument whose type is a class');
    const input = plainToInstance(metatype as new () => object, value);
    refuse(await validate(input, { groups: [SIZE], forbidUnknownValues: false }));
    refuse(await validate(input, OPTIONS));
    return input;
  }
}

/** @throws BAD_USER_INPUT where there is an error */
function refuse(errors: readonly ValidationError[]): void {
  if (errors.length > 0) throw badUserInput(errors.flatMap((error) => violations(error, '')));
}

function violations(error: ValidationError, prefix: string): Violation[] {
  const field = `${prefix}${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => violations(child, `${field}.`))];
}

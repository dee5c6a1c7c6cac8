import { applyDecorators, Catch, type ExceptionFilter, UseFilters, UseGuards } from '@nestjs/common';
import { Resolver } from '@nestjs/graphql';
import { CallerGuard } from './caller-guard.js';

/** GraphQL takes a returned error as a thrown one; Nest would log each of them, expected or not. */
@Catch()
class ReturnError implements ExceptionFilter<unknown> {
  catch(error: unknown): unknown {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A resolver whose root fields let nobody through without a good token. Every resolver is one. */
export function GuardedResolver(type?: string): ClassDecorator {
  return applyDecorators(
    type === undefined ? Resolver() : Resolver(type),
    UseGuards(CallerGuard),
    UseFilters(new ReturnError()),
  );
}

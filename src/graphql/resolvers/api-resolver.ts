import { applyDecorators, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { Resolver } from '@nestjs/graphql';

/** GraphQL takes a returned error as a thrown one; Nest would log each of them, expected or not. */
@Catch()
class ReturnError implements ExceptionFilter<unknown> {
  catch(error: unknown): unknown {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A resolver of the API. Who may use its fields stands in access-rules.ts. */
export function ApiResolver(type?: string): ClassDecorator {
  return applyDecorators(type === undefined ? Resolver() : Resolver(type), UseFilters(new ReturnError()));
}

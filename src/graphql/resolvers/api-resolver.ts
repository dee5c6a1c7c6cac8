import { applyDecorators, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { Resolver } from '@nestjs/graphql';

/** GraphQL treats a returned error like a thrown one. Nest would log every thrown error, even if it is expected. */
@Catch()
class ReturnError implements ExceptionFilter<unknown> {
  catch(error: unknown): unknown {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A resolver of the API. access-rules.ts says who may read its fields. */
export function ApiResolver(type?: string): ClassDecorator {
  return applyDecorators(type === undefined ? Resolver() : Resolver(type), UseFilters(new ReturnError()));
}

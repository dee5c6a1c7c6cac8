import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import { refuseAccess } from '../../auth/auth-failures.js';
import type { Caller } from '../../auth/caller.js';
import { type AccessRule, type AccessRules } from './access-rules.js';
import type { GraphQLContext } from '../context.js';
import { forbidden, notFound, unauthenticated } from '../errors/errors.js';

type Field = GraphQLField<unknown, GraphQLContext>;
type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

/**
 * Wraps each field's resolver with its access rule. Changes the schema in place.
 * @throws where a field has no rule, a rule has no field, or a root field has a rule that checks nothing
 */
export function guardSchema(schema: GraphQLSchema, rules: AccessRules): GraphQLSchema {
  const faults = accessFaults(schema, rules);
  if (faults.length > 0) throw new Error(`Invalid access rules: ${faults.join('; ')}`);
  for (const [type, fields] of fieldsOf(schema)) {
    for (const field of fields) {
      const rule = rules[type]?.[field.name];
      // A part needs no check of its own: its object was reached through a field that has one.
      if (rule === undefined || rule === 'part') continue;
      field.resolve = guarded(rule, field.resolve ?? defaultFieldResolver);
      if (field.subscribe !== undefined) field.subscribe = guarded(rule, field.subscribe);
    }
  }
  return schema;
}

/** One message per field without a rule, rule without a field, and unguarded root field. */
export function accessFaults(schema: GraphQLSchema, rules: AccessRules): string[] {
  const fields = [...fieldsOf(schema)].flatMap(([type, list]) => list.map(({ name }) => `${type}.${name}`));
  const ruled = Object.entries(rules).flatMap(([type, list]) =>
    Object.keys(list).map((name) => `${type}.${name}`),
  );
  const [withRule, existing] = [new Set(ruled), new Set(fields)];
  return [
    ...fields.filter((field) => !withRule.has(field)).map((field) => `${field} has no rule`),
    ...ruled.filter((field) => !existing.has(field)).map((field) => `${field} is not a field of the schema`),
    ...unguardedRoots(schema, rules).map((field) => `${field} must have the rule caller or operator`),
  ];
}

/** Fields of Query, Mutation and Subscription have no parent that was checked, and no order yet. */
function unguardedRoots(schema: GraphQLSchema, rules: AccessRules): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root) =>
    Object.entries(rules[root?.name ?? ''] ?? {})
      .filter(([, rule]) => rule === 'part' || rule === 'owner')
      .map(([name]) => `${root?.name ?? ''}.${name}`),
  );
}

/** Without the introspection types, which GRAPHQL_INTROSPECTION guards. */
function* fieldsOf(schema: GraphQLSchema): Generator<[string, Field[]]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    yield [type.name, Object.values(type.getFields()) as Field[]];
  }
}

function guarded(rule: Exclude<AccessRule, 'part'>, resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    checkAccess(rule, source, context.caller);
    return resolve(source, args, context, info);
  };
}

/** @throws UNAUTHENTICATED, FORBIDDEN, NOT_FOUND */
function checkAccess(rule: Exclude<AccessRule, 'part'>, source: unknown, caller: Caller | undefined): void {
  if (caller === undefined) throw unauthenticated();
  if (rule === 'caller' || caller.operator) return;
  if (rule === 'operator') {
    refuseAccess('forbidden');
    throw forbidden();
  }
  // Another customer's order must look like one that does not exist.
  const { customerId } = source as { readonly customerId?: unknown };
  if (customerId !== caller.customerId) throw notFound('order');
}

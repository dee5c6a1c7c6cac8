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
 * Puts each field's rule in front of its resolver, over HTTP and WebSocket alike, whatever way leads to it.
 * @throws where a field has no rule, or a rule has no field
 */
export function guardSchema(schema: GraphQLSchema, rules: AccessRules): GraphQLSchema {
  const faults = accessFaults(schema, rules);
  if (faults.length > 0) throw new Error(`The access rules are faulty: ${faults.join('; ')}`);
  for (const [type, fields] of fieldsOf(schema)) {
    for (const field of fields) {
      const rule = rules[type]?.[field.name];
      // Checked above; a part is reached through a field that has a check.
      if (rule === undefined || rule === 'part') continue;
      field.resolve = guarded(rule, field.resolve ?? defaultFieldResolver);
      if (field.subscribe !== undefined) field.subscribe = guarded(rule, field.subscribe);
    }
  }
  return schema;
}

/** One sentence for each field without a rule, each rule without a field, and each root that nothing guards. */
export function accessFaults(schema: GraphQLSchema, rules: AccessRules): string[] {
  const fields = [...fieldsOf(schema)].flatMap(([type, list]) => list.map(({ name }) => `${type}.${name}`));
  const ruled = Object.entries(rules).flatMap(([type, list]) =>
    Object.keys(list).map((name) => `${type}.${name}`),
  );
  const [known, needed] = [new Set(ruled), new Set(fields)];
  return [
    ...fields.filter((field) => !known.has(field)).map((field) => `${field} has no rule`),
    ...ruled.filter((field) => !needed.has(field)).map((field) => `${field} is no field of the schema`),
    ...uncheckedRoots(schema, rules).map((field) => `${field} must have the rule caller or operator`),
  ];
}

/** Before a field of Query, Mutation or Subscription nobody has checked anything, and there is no order yet. */
function uncheckedRoots(schema: GraphQLSchema, rules: AccessRules): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root) =>
    Object.entries(rules[root?.name ?? ''] ?? {})
      .filter(([, rule]) => rule === 'part' || rule === 'owner')
      .map(([name]) => `${root?.name ?? ''}.${name}`),
  );
}

/** Introspection's own types are left out: whether they may be asked for is a setting. */
function* fieldsOf(schema: GraphQLSchema): Generator<[string, Field[]]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    yield [type.name, Object.values(type.getFields()) as Field[]];
  }
}

function guarded(rule: Exclude<AccessRule, 'part'>, resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    check(rule, source, context.caller);
    return resolve(source, args, context, info);
  };
}

/** @throws UNAUTHENTICATED, FORBIDDEN or NOT_FOUND, as GraphQL errors */
function check(rule: Exclude<AccessRule, 'part'>, source: unknown, caller: Caller | undefined): void {
  if (caller === undefined) throw unauthenticated();
  if (rule === 'caller' || caller.operator) return;
  if (rule === 'operator') {
    refuseAccess('forbidden');
    throw forbidden();
  }
  // What is foreign looks like what doesn't exist.
  const { customerId } = source as { readonly customerId?: unknown };
  if (customerId !== caller.customerId) throw notFound('order');
}

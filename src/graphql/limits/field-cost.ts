import {
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isObjectType,
  OperationTypeNode,
} from 'graphql';
import { isList } from './list-size.js';

/** A transaction with its event and its message. The fields selected below are added. */
export const MUTATION_COST = 50;
/** What is left of it for a repeated call: a read, not a transaction. */
export const REPLAY_COST = 5;
const SUBSCRIPTION_COST = 20;
/** A round trip to the database. */
const QUERY_COST = 5;
/** Counting reads every entry of a list. */
const COUNT_COST = 50;
const OBJECT_COST = 1;
export const VALUE_COST = 0.1;

/** Points of one field, without the fields selected below it. */
export function fieldCost(
  field: GraphQLField<unknown, unknown>,
  parent: GraphQLNamedType | undefined,
  schema: GraphQLSchema,
): number {
  if (parent === schema.getRootType(OperationTypeNode.MUTATION)) return MUTATION_COST;
  if (parent === schema.getRootType(OperationTypeNode.SUBSCRIPTION)) return SUBSCRIPTION_COST;
  if (parent === schema.getRootType(OperationTypeNode.QUERY)) return QUERY_COST;
  if (field.name === 'totalCount') return COUNT_COST;
  return isReadWithParent(getNamedType(field.type)) ? VALUE_COST : OBJECT_COST;
}

/** A plain value, or an object of plain values only, such as Money. */
function isReadWithParent(type: GraphQLNamedType): boolean {
  if (!isObjectType(type)) return !isCompositeType(type);
  return Object.values(type.getFields()).every(
    (field) => !isList(field) && !isCompositeType(getNamedType(field.type)),
  );
}

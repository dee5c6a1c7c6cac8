import {
  type ASTVisitor,
  type FieldNode,
  getNamedType,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLOutputType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  print,
  type SelectionSetNode,
  type ValidationContext,
  type ValueNode,
} from 'graphql';
import { queryTooComplex } from '../errors/errors.js';

interface Field {
  readonly number: number;
  readonly node: FieldNode;
  readonly parent: GraphQLNamedType | undefined;
  readonly type: GraphQLOutputType | undefined;
}

/** Fields that an answer has at one place. Where only their shape counts, they may be different ones of equal types. */
interface Place {
  readonly fields: readonly Field[];
  readonly onlyShape: boolean;
}

/**
 * "Field selections can merge" (GraphQL, section 5.3.2), as graphql's own OverlappingFieldsCanBeMergedRule has it.
 * That one compares fields two by two with all that is below them: a document of 10 KB kept it busy for 200 ms. Here
 * the fields of one name are merged as the execution merges them, and compared with the first of them (after Simon
 * Adameit, "An efficient algorithm for field merging", sangria-graphql). What is merged twice is looked at once.
 *
 * @param maxVisits how many fields are looked at; a document that needs more is refused with QUERY_TOO_COMPLEX
 */
export function fieldMergingRule(maxVisits: number): (context: ValidationContext) => ASTVisitor {
  return (context) => ({
    Document: () => {
      new Merging(context, maxVisits).check();
      return undefined;
    },
  });
}

class Merging {
  private readonly fields = new Map<FieldNode, Field>();
  /** Each field's arguments as a text that is the same for the same ones. */
  private readonly argumentTexts = new Map<Field, string>();
  private readonly seen = new Set<string>();
  private readonly places: Place[] = [];
  private visits = 0;

  constructor(
    private readonly context: ValidationContext,
    private readonly maxVisits: number,
  ) {}

  /** Every fragment that is used is reached from an operation; another rule refuses the others. */
  check(): void {
    const schema = this.context.getSchema();
    for (const definition of this.context.getDocument().definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const root = schema.getRootType(definition.operation) ?? undefined;
      this.merge([{ selectionSet: definition.selectionSet, type: root }], false);
    }
    for (let place = this.places.pop(); place !== undefined; place = this.places.pop()) this.compare(place);
  }

  /** What stands in several selection sets, and in the fragments that they spread, as one place of the answer. */
  private merge(
    selectionSets: readonly { selectionSet: SelectionSetNode; type: GraphQLNamedType | undefined }[],
    onlyShape: boolean,
  ): void {
    const schema = this.context.getSchema();
    const fields: Field[] = [];
    const spread = new Set<string>();
    const open = [...selectionSets];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const selection of next.selectionSet.selections) {
        this.visit();
        if (selection.kind === Kind.FIELD) fields.push(this.fieldOf(selection, next.type));
        else if (selection.kind === Kind.INLINE_FRAGMENT) {
          const { typeCondition, selectionSet } = selection;
          const type = typeCondition === undefined ? next.type : schema.getType(typeCondition.name.value);
          open.push({ selectionSet, type });
        } else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = this.context.getFragment(selection.name.value);
          if (fragment == null) continue;
          const type = schema.getType(fragment.typeCondition.name.value);
          open.push({ selectionSet: fragment.selectionSet, type });
        }
      }
    }
    const numbers = fields.map(({ number }) => number).sort((a, b) => a - b);
    const key = `${onlyShape ? 's' : ''}${numbers.join(' ')}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.places.push({ fields, onlyShape });
  }

  private compare({ fields, onlyShape }: Place): void {
    const byName = new Map<string, Field[]>();
    for (const field of fields) {
      const name = (field.node.alias ?? field.node.name).value;
      const group = byName.get(name);
      if (group === undefined) byName.set(name, [field]);
      else group.push(field);
    }
    for (const [name, group] of byName) {
      if (group.length === 1) {
        this.mergeBelow(group, onlyShape);
        continue;
      }
      if (!this.agree(name, group, haveSameShape, 'they return conflicting types')) continue;
      const alternatives = onlyShape ? [group] : byObjectType(group);
      // Fields of different objects never meet in one answer; their answers have the same shape all the same.
      if (alternatives.length > 1) this.mergeBelow(group, true);
      for (const alternative of alternatives) {
        if (onlyShape || this.areSame(name, alternative)) this.mergeBelow(alternative, onlyShape);
      }
    }
  }

  private mergeBelow(group: readonly Field[], onlyShape: boolean): void {
    const below = group.flatMap(({ node: { selectionSet }, type }) =>
      selectionSet === undefined
        ? []
        : [{ selectionSet, type: type === undefined ? undefined : getNamedType(type) }],
    );
    if (below.length > 0) this.merge(below, onlyShape);
  }

  private areSame(name: string, group: readonly Field[]): boolean {
    return (
      this.agree(
        name,
        group,
        (a, b) => a.node.name.value === b.node.name.value,
        'they are different fields',
      ) &&
      this.agree(
        name,
        group,
        (a, b) => this.argumentsOf(a) === this.argumentsOf(b),
        'they have differing arguments',
      )
    );
  }

  /** Each of a group against its first; the first that differs is reported. */
  private agree(
    name: string,
    group: readonly Field[],
    isEqual: (a: Field, b: Field) => boolean,
    reason: string,
  ): boolean {
    const [first] = group;
    const other = group.find((field) => {
      this.visit();
      return first !== undefined && !isEqual(first, field);
    });
    if (first === undefined || other === undefined) return true;
    const message = `Fields "${name}" conflict because ${reason}. Use different aliases on the fields to fetch both if this was intentional.`;
    this.context.reportError(new GraphQLError(message, { nodes: [first.node, other.node] }));
    return false;
  }

  private visit(): void {
    this.visits += 1;
    if (this.visits > this.maxVisits)
      throw queryTooComplex('The document repeats fields and fragments within each other too often.');
  }

  private fieldOf(node: FieldNode, parent: GraphQLNamedType | undefined): Field {
    const known = this.fields.get(node);
    if (known !== undefined) return known;
    // Unknown for __typename and introspection, which graphql's rule compares by name only.
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const type = fields[node.name.value]?.type;
    const field = { number: this.fields.size, node, parent, type };
    this.fields.set(node, field);
    return field;
  }

  private argumentsOf(field: Field): string {
    const known = this.argumentTexts.get(field);
    if (known !== undefined) return known;
    const written = (field.node.arguments ?? [])
      .map(({ name, value }) => `${name.value}:${textOf(value)}`)
      .sort()
      .join();
    this.argumentTexts.set(field, written);
    return written;
  }
}

/** Fields that can meet in one answer: those of one object type, with those of any interface. */
function byObjectType(group: readonly Field[]): readonly (readonly Field[])[] {
  const types = new Set(group.map(({ parent }) => parent).filter((parent) => isObjectType(parent)));
  if (types.size <= 1) return [group];
  return [...types].map((type) => group.filter(({ parent }) => parent === type || !isObjectType(parent)));
}

function haveSameShape(a: Field, b: Field): boolean {
  let [one, other] = [a.type, b.type];
  // Another rule refuses a field that doesn't exist, too.
  if (one === undefined || other === undefined) return true;
  while (isListType(one) || isNonNullType(one) || isListType(other) || isNonNullType(other)) {
    if (isListType(one) && isListType(other)) [one, other] = [one.ofType, other.ofType];
    else if (isNonNullType(one) && isNonNullType(other)) [one, other] = [one.ofType, other.ofType];
    else return false;
  }
  return !(isLeafType(one) || isLeafType(other)) || one === other;
}

/** A value's text, whatever the order of its fields. */
function textOf(value: ValueNode): string {
  if (value.kind === Kind.LIST) return `[${value.values.map(textOf).join()}]`;
  if (value.kind !== Kind.OBJECT) return print(value);
  const fields = value.fields.map(({ name, value: inner }) => `${name.value}:${textOf(inner)}`);
  return `{${fields.sort().join()}}`;
}

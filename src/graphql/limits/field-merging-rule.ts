import {
  type ASTVisitor,
  type FieldNode,
  getNamedType,
  GraphQLError,
  type GraphQLNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { queryTooComplex } from '../errors/errors.js';
import { argumentsText, groupByObjectType, haveSameShape, type SelectedField } from './field-comparison.js';

/** Fields of one response object. */
interface MergedFields {
  readonly fields: readonly SelectedField[];
  /** Fields of different object types may differ, as long as their values have the same shape. */
  readonly onlyShape: boolean;
}

/**
 * "Field selections can merge" (GraphQL, section 5.3.2), a replacement of graphql's OverlappingFieldsCanBeMergedRule.
 * That rule compares all pairs of fields with everything below them: a document of 10 KB took it 200 ms. This one
 * merges the fields of a response name as the execution does and compares each with the first of them (after Simon
 * Adameit, "An efficient algorithm for field merging", sangria-graphql). The same set of fields is compared once.
 *
 * @param maxVisits how many fields are visited; a document that needs more is rejected with QUERY_TOO_COMPLEX
 */
export function fieldMergingRule(maxVisits: number): (context: ValidationContext) => ASTVisitor {
  return (context) => ({
    Document: () => {
      new FieldMerger(context, maxVisits).check();
      return undefined;
    },
  });
}

class FieldMerger {
  private readonly fields = new Map<FieldNode, SelectedField>();
  private readonly argumentTexts = new Map<SelectedField, string>();
  private readonly seen = new Set<string>();
  private readonly pending: MergedFields[] = [];
  private visits = 0;

  constructor(
    private readonly context: ValidationContext,
    private readonly maxVisits: number,
  ) {}

  /** Reaches all fragments from the operations; another rule rejects unused fragments. */
  check(): void {
    const schema = this.context.getSchema();
    for (const definition of this.context.getDocument().definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const root = schema.getRootType(definition.operation) ?? undefined;
      this.merge([{ selectionSet: definition.selectionSet, type: root }], false);
    }
    for (let next = this.pending.pop(); next !== undefined; next = this.pending.pop()) this.compare(next);
  }

  /** Merges selection sets, with the fragments that they spread, into the fields of one response object. */
  private merge(
    selectionSets: readonly { selectionSet: SelectionSetNode; type: GraphQLNamedType | undefined }[],
    onlyShape: boolean,
  ): void {
    const schema = this.context.getSchema();
    const fields: SelectedField[] = [];
    const spread = new Set<string>();
    const open = [...selectionSets];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const selection of next.selectionSet.selections) {
        this.countVisit();
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
    this.pending.push({ fields, onlyShape });
  }

  private compare({ fields, onlyShape }: MergedFields): void {
    const byResponseName = new Map<string, SelectedField[]>();
    for (const field of fields) {
      const name = (field.node.alias ?? field.node.name).value;
      const group = byResponseName.get(name);
      if (group === undefined) byResponseName.set(name, [field]);
      else group.push(field);
    }
    for (const [name, group] of byResponseName) {
      if (group.length === 1) {
        this.mergeSelections(group, onlyShape);
        continue;
      }
      if (!this.agree(name, group, haveSameShape, 'they return conflicting types')) continue;
      const alternatives = onlyShape ? [group] : groupByObjectType(group);
      // Fields of different object types are never in the same response, but their values must have the same shape.
      if (alternatives.length > 1) this.mergeSelections(group, true);
      for (const alternative of alternatives) {
        if (onlyShape || this.areSame(name, alternative)) this.mergeSelections(alternative, onlyShape);
      }
    }
  }

  private mergeSelections(group: readonly SelectedField[], onlyShape: boolean): void {
    const selectionSets = group.flatMap(({ node: { selectionSet }, type }) =>
      selectionSet === undefined
        ? []
        : [{ selectionSet, type: type === undefined ? undefined : getNamedType(type) }],
    );
    if (selectionSets.length > 0) this.merge(selectionSets, onlyShape);
  }

  private areSame(name: string, group: readonly SelectedField[]): boolean {
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

  /** Compares each field with the first of its group, and reports the first one that differs. */
  private agree(
    name: string,
    group: readonly SelectedField[],
    isEqual: (a: SelectedField, b: SelectedField) => boolean,
    reason: string,
  ): boolean {
    const [first] = group;
    const other = group.find((field) => {
      this.countVisit();
      return first !== undefined && !isEqual(first, field);
    });
    if (first === undefined || other === undefined) return true;
    const message = `Fields "${name}" conflict because ${reason}. Use different aliases on the fields to fetch both if this was intentional.`;
    this.context.reportError(new GraphQLError(message, { nodes: [first.node, other.node] }));
    return false;
  }

  private countVisit(): void {
    this.visits += 1;
    if (this.visits > this.maxVisits)
      throw queryTooComplex('The document repeats fields and fragments within each other too often.');
  }

  private fieldOf(node: FieldNode, parent: GraphQLNamedType | undefined): SelectedField {
    const known = this.fields.get(node);
    if (known !== undefined) return known;
    // Undefined for __typename and introspection, which graphql's rule compares by name only.
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const type = fields[node.name.value]?.type;
    const field = { number: this.fields.size, node, parent, type };
    this.fields.set(node, field);
    return field;
  }

  private argumentsOf(field: SelectedField): string {
    const known = this.argumentTexts.get(field);
    if (known !== undefined) return known;
    const text = argumentsText(field.node);
    this.argumentTexts.set(field, text);
    return text;
  }
}

import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';

/** Frontends have a few documents each; what is read again takes a millisecond. */
const REMEMBERED_AT_MOST = 100;
/** A longer text is read again: parsed, it takes a hundred times its length. */
const REMEMBERED_LENGTH = 4_000;

/** Reads documents. The short ones that were read last are remembered, and then cost nothing. */
export class ValidDocuments {
  private readonly remembered = new Map<string, DocumentNode>();

  constructor(
    readonly schema: GraphQLSchema,
    private readonly tokenLimit: number,
  ) {}

  /** The document, the same object for the same text while it is remembered; or why it is none. */
  read(text: string): DocumentNode | GraphQLError[] {
    const document = this.remembered.get(text) ?? this.parse(text);
    if (Array.isArray(document) || text.length > REMEMBERED_LENGTH) return document;
    // A Map keeps the order in which its keys came.
    this.remembered.delete(text);
    this.remembered.set(text, document);
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > REMEMBERED_AT_MOST && oldest !== undefined) this.remembered.delete(oldest);
    return document;
  }

  private parse(text: string): DocumentNode | GraphQLError[] {
    let document;
    try {
      document = parse(text, { maxLexicalTokens: this.tokenLimit });
    } catch (error) {
      return [refused('GRAPHQL_PARSE_FAILED', (error as Error).message)];
    }
    const errors = validate(this.schema, document);
    if (errors.length === 0) return document;
    return errors.map((error) => refused('GRAPHQL_VALIDATION_FAILED', error.message, error));
  }
}

function refused(code: string, message: string, { nodes, source, positions }: Partial<GraphQLError> = {}) {
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code },
  });
}

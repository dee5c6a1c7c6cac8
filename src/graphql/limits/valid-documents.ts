import { Inject, Injectable } from '@nestjs/common';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';
import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { Turns } from '../../platform/turns.js';
import { DocumentCache } from './document-cache.js';
import type { GraphQLContext } from '../context.js';
import { queryTooComplex } from '../errors/errors.js';
import { fieldMergingRule } from './field-merging-rule.js';
import { OperationLimits } from './operation-limits.js';
import { MAX_ERRORS } from '../errors/public-errors.js';

/** A document as the client sent it. */
export interface Source {
  readonly text: string;
  /** SHA-256 of the text in hexadecimal. */
  readonly hash: string;
}

/**
 * Validates documents, over HTTP and WebSocket. A cached document costs nothing. Any other consumes points by its
 * length before it is validated.
 */
@Injectable()
export class ValidDocuments {
  readonly cache: DocumentCache;
  private readonly turns = new Turns();
  /** By hash and client: a page that starts a hundred subscriptions at once consumes points for its document once. */
  private readonly validating = new Map<string, Promise<readonly GraphQLError[]>>();
  private readonly rules: readonly ValidationRule[];

  constructor(
    private readonly limits: OperationLimits,
    @Inject(CONFIG) private readonly config: Pick<Config, 'graphql'>,
  ) {
    const { introspection, maxMergedFields, maxRememberedDocumentsBytes } = config.graphql;
    this.cache = new DocumentCache(maxRememberedDocumentsBytes);
    this.rules = [
      ...specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule),
      fieldMergingRule(maxMergedFields),
      ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
    ];
  }

  /**
   * Parses and validates a text. While something references the document, the same text gets the same object.
   * @returns the document, or why it is not valid
   * @throws QUERY_TOO_COMPLEX, RATE_LIMITED
   */
  async read(
    client: GraphQLContext,
    schema: GraphQLSchema,
    text: string,
  ): Promise<DocumentNode | readonly GraphQLError[]> {
    const hash = createHash('sha256').update(text).digest('hex');
    const cached = this.cache.find(hash);
    if (cached !== undefined) return cached;
    let document;
    try {
      document = parse(text, { maxLexicalTokens: this.config.graphql.tokenLimit });
    } catch (error) {
      return [requestError('GRAPHQL_PARSE_FAILED', (error as Error).message)];
    }
    const errors = await this.validate(client, schema, document, { text, hash });
    return errors.length === 0 ? (this.cache.find(hash) ?? document) : errors;
  }

  /**
   * Validates a document that is not cached, after it has consumed points: once for equal documents that a client sends
   * at the same time.
   * @returns the validation errors, none for a valid document
   * @throws QUERY_TOO_COMPLEX, RATE_LIMITED
   */
  async validate(
    client: GraphQLContext,
    schema: GraphQLSchema,
    document: DocumentNode,
    source: Source,
  ): Promise<readonly GraphQLError[]> {
    const key = `${source.hash} ${clientKey(client)}`;
    const inProgress = this.validating.get(key);
    if (inProgress !== undefined) return inProgress;
    const errors = this.consumeAndValidate(client, schema, document, source).finally(() => {
      this.validating.delete(key);
    });
    this.validating.set(key, errors);
    return errors;
  }

  private async consumeAndValidate(
    client: GraphQLContext,
    schema: GraphQLSchema,
    document: DocumentNode,
    source: Source,
  ): Promise<readonly GraphQLError[]> {
    const { maxFragments } = this.config.graphql;
    const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length;
    if (fragments > maxFragments)
      throw queryTooComplex(`The document has ${fragments} fragments; at most ${maxFragments} are allowed.`);
    await this.limits.consumeForDocument(client, source.text);
    await this.turns.next(clientKey(client));
    const errors = this.validationErrors(schema, document);
    if (errors.length === 0) this.cache.add(source.hash, document);
    return errors;
  }

  private validationErrors(schema: GraphQLSchema, document: DocumentNode): GraphQLError[] {
    const hideSuggestions = !this.config.graphql.introspection;
    try {
      const errors = validate(schema, document, this.rules, { maxErrors: MAX_ERRORS, hideSuggestions });
      return errors.map((error) => requestError('GRAPHQL_VALIDATION_FAILED', error.message, error));
    } catch (error) {
      if (error instanceof RangeError) throw queryTooComplex('The document is nested too deeply.');
      throw error;
    }
  }
}

function clientKey({ caller, address }: GraphQLContext): string {
  return caller?.customerId ?? address;
}

function requestError(
  code: string,
  message: string,
  { nodes, source, positions }: Partial<GraphQLError> = {},
): GraphQLError {
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code, http: { status: 400 } },
  });
}

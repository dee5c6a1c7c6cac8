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

/** A document as it came. */
export interface Source {
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal digits. */
  readonly hash: string;
}

/**
 * Validates documents, over HTTP and WebSocket alike. One that is remembered costs nothing; the points for any other
 * are consumed before it is validated, by its length.
 */
@Injectable()
export class ValidDocuments {
  readonly cache: DocumentCache;
  private readonly turns = new Turns();
  /** By customer and hash: a page that subscribes a hundred times at once pays for its document once. */
  private readonly checking = new Map<string, Promise<readonly GraphQLError[]>>();
  private readonly rules: readonly ValidationRule[];

  constructor(
    private readonly gate: OperationLimits,
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

  /** The valid document of a text, the same object for the same text while anybody holds it; or why it is none. */
  async read(
    who: GraphQLContext,
    schema: GraphQLSchema,
    text: string,
  ): Promise<DocumentNode | readonly GraphQLError[]> {
    const hash = createHash('sha256').update(text).digest('hex');
    const known = this.cache.find(hash);
    if (known !== undefined) return known;
    let document;
    try {
      document = parse(text, { maxLexicalTokens: this.config.graphql.tokenLimit });
    } catch (error) {
      return [invalid('GRAPHQL_PARSE_FAILED', (error as Error).message)];
    }
    const errors = await this.check(who, schema, document, { text, hash });
    return errors.length === 0 ? (this.cache.find(hash) ?? document) : errors;
  }

  /**
   * Why a document that is not in the cache is not valid. The points for it are consumed in any case, once for equal
   * documents that a customer sends at once.
   * @throws QUERY_TOO_COMPLEX, RATE_LIMITED
   */
  async check(
    who: GraphQLContext,
    schema: GraphQLSchema,
    document: DocumentNode,
    source: Source,
  ): Promise<readonly GraphQLError[]> {
    const key = `${source.hash} ${who.caller?.customerId ?? who.address}`;
    const underWay = this.checking.get(key);
    if (underWay !== undefined) return underWay;
    const checked = this.checkOnce(who, schema, document, source).finally(() => {
      this.checking.delete(key);
    });
    this.checking.set(key, checked);
    return checked;
  }

  private async checkOnce(
    who: GraphQLContext,
    schema: GraphQLSchema,
    document: DocumentNode,
    source: Source,
  ): Promise<readonly GraphQLError[]> {
    const { maxFragments } = this.config.graphql;
    const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length;
    if (fragments > maxFragments)
      throw queryTooComplex(`The document has ${fragments} fragments; at most ${maxFragments} are allowed.`);
    await this.gate.consumeForDocument(who, source.text);
    await this.turns.next(who.caller?.customerId ?? who.address);
    const errors = this.validate(schema, document);
    if (errors.length === 0) this.cache.add(source.hash, document);
    return errors;
  }

  private validate(schema: GraphQLSchema, document: DocumentNode): GraphQLError[] {
    const hideSuggestions = !this.config.graphql.introspection;
    try {
      const errors = validate(schema, document, this.rules, { maxErrors: MAX_ERRORS, hideSuggestions });
      return errors.map((error) => invalid('GRAPHQL_VALIDATION_FAILED', error.message, error));
    } catch (error) {
      if (error instanceof RangeError) throw queryTooComplex('The document nests too deep.');
      throw error;
    }
  }
}

function invalid(code: string, message: string, { nodes, source, positions }: Partial<GraphQLError> = {}) {
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code, http: { status: 400 } },
  });
}

const OPERATOR = 'drill-observer';

/** The API answered with errors. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** The figures of systemStatus for a sample. */
export interface SystemFigures {
  readonly queueDepth: number | null;
  readonly openDeadLetters: number | null;
}

export const NO_FIGURES: SystemFigures = { queueDepth: null, openDeadLetters: null };

/** The public API at its direct addresses, which no link fault can affect. */
export class PublicApi {
  private operatorToken: Promise<string> | undefined;

  constructor(
    private readonly urls: readonly string[],
    private readonly token: (subject: string, roles?: readonly string[]) => Promise<string>,
  ) {}

  async asOperator<Data>(query: string, variables: object, limits: Limits): Promise<Data> {
    this.operatorToken ??= this.token(OPERATOR, ['operator']);
    return this.ask<Data>(await this.operatorToken, query, variables, limits);
  }

  async asCustomer<Data>(customer: string, query: string, variables: object, limits: Limits): Promise<Data> {
    return this.ask<Data>(await this.token(customer), query, variables, limits);
  }

  /** Null figures if no process answered. */
  async systemFigures(limits: Limits): Promise<SystemFigures> {
    try {
      const { systemStatus } = await this.asOperator<StatusAnswer>(STATUS, {}, limits);
      const { queue, openDeadLetters } = systemStatus;
      return { queueDepth: queue && queue.waiting + queue.active + queue.delayed, openDeadLetters };
    } catch (error) {
      // In a drill processes may be down, paused or cut off. A query that the schema refuses is our own mistake.
      if (error instanceof Refusal && error.code.startsWith('GRAPHQL_')) throw error;
      return NO_FIGURES;
    }
  }

  /** Tries one address after the other. @throws the last error */
  private async ask<Data>(token: string, query: string, variables: object, limits: Limits): Promise<Data> {
    let failure: unknown = new Error('no api address to ask');
    for (let round = 0; round < limits.rounds; round += 1) {
      for (const url of this.urls) {
        try {
          return (await post(url, token, { query, variables }, limits.timeoutMs)) as Data;
        } catch (error) {
          failure = error;
        }
      }
    }
    throw failure;
  }
}

export interface Limits {
  /** The timeout of one request. */
  readonly timeoutMs: number;
  /** How often every address is tried. */
  readonly rounds: number;
}

async function post(url: string, token: string, body: object, timeoutMs: number): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { data, errors } = (await response.json()) as Body;
  const [error] = errors ?? [];
  if (error !== undefined) throw new Refusal(error.extensions?.code ?? 'UNKNOWN', error.message);
  if (data == null) throw new Refusal('NO_DATA', `status ${response.status}`);
  return data;
}

interface StatusAnswer {
  readonly systemStatus: {
    readonly queue: { readonly waiting: number; readonly active: number; readonly delayed: number } | null;
    readonly openDeadLetters: number | null;
  };
}

const STATUS = '{ systemStatus { queue { waiting active delayed } openDeadLetters } }';

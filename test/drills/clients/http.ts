import { Agent, type IncomingMessage, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The client's timeout was over before there was an answer. */
export class TimedOutError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'TimedOutError';
  }
}

/** Enough for all customers at once, each with a double-click and some other tasks. */
const MAX_SOCKETS_AN_ADDRESS = 64;
/** Fifty dead letters are about 20 KB. */
const MAX_ANSWER_BYTES = 1_000_000;

/** The addresses of the API, with a pool of keep-alive connections for each. */
export class Addresses {
  private readonly agents: readonly { readonly url: string; readonly agent: Agent }[];

  constructor(urls: readonly string[]) {
    this.agents = urls.map((url) => ({
      url: `${url}/graphql`,
      agent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS_AN_ADDRESS }),
    }));
  }

  get count(): number {
    return this.agents.length;
  }

  /** @param address an index, modulo the number of addresses @throws TimedOutError, or the network's error */
  async post(address: number, token: string, body: string, timeoutMs: number): Promise<HttpAnswer> {
    const { url, agent } = this.at(address);
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        authorization: `Bearer ${token}`,
      };
      const sent = request(url, { method: 'POST', agent, headers });
      const timer = setTimeout(() => sent.destroy(new TimedOutError(timeoutMs)), timeoutMs);
      sent.on('response', (response) => {
        read(response)
          .then(resolve, reject)
          .finally(() => {
            clearTimeout(timer);
          });
      });
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(body);
    });
  }

  socketUrl(address: number): string {
    return this.at(address).url.replace('http', 'ws');
  }

  close(): void {
    for (const { agent } of this.agents) agent.destroy();
  }

  private at(address: number) {
    const found = this.agents[address % this.agents.length];
    if (found === undefined) throw new RangeError('the system has no API address');
    return found;
  }
}

async function read(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

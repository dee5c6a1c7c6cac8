import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer of tokens, with its key set on a local server. */
export class KeyIssuer {
  /** The key set that it answers with. */
  published: JWK[] = [];
  /** How often the key set was requested. */
  requests = 0;
  /** Answers instead of the key set, as an issuer that is down or broken. */
  broken: RequestListener | undefined;
  private readonly pairs = new Map<string, KeyPair>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<KeyIssuer> {
    const server = createServer((request, response) => {
      issuer.requests += 1;
      if (issuer.broken === undefined) response.end(JSON.stringify({ keys: issuer.published }));
      else issuer.broken(request, response);
    });
    const issuer = new KeyIssuer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/keys`;
  }

  /** Publishes exactly these keys. A key is generated when its id is first used. */
  async publish(...kids: string[]): Promise<void> {
    this.published = await Promise.all(kids.map((kid) => this.jwk(kid)));
  }

  async jwk(kid: string): Promise<JWK> {
    return { ...(await exportJWK((await this.pair(kid)).publicKey)), kid, alg: 'ES256' };
  }

  /** A token that is valid for ten minutes. */
  async sign(kid: string, header: Partial<JWTHeaderParameters> = { kid }): Promise<string> {
    return new SignJWT({ sub: 'alice', exp: Math.floor(Date.now() / 1_000) + 600 })
      .setProtectedHeader({ ...header, alg: 'ES256' })
      .sign((await this.pair(kid)).privateKey);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pair(kid: string): Promise<KeyPair> {
    const pair = this.pairs.get(kid) ?? (await generateKeyPair('ES256', { extractable: true }));
    this.pairs.set(kid, pair);
    return pair;
  }
}

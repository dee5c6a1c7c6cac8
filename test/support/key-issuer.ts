import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer of tokens with its key set at an address of this machine. */
export class KeyIssuer {
  /** What it answers with, where it works. */
  published: JWK[] = [];
  /** How often it was asked. */
  questions = 0;
  /** In place of the key set: an issuer that is down, or broken. */
  broken: RequestListener | undefined;
  private readonly pairs = new Map<string, KeyPair>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<KeyIssuer> {
    const server = createServer((request, response) => {
      issuer.questions += 1;
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

  /** From now on these keys, and no others. They are made when they are first named. */
  async publish(...kids: string[]): Promise<void> {
    this.published = await Promise.all(kids.map((kid) => this.jwk(kid)));
  }

  async jwk(kid: string): Promise<JWK> {
    return { ...(await exportJWK((await this.pair(kid)).publicKey)), kid, alg: 'ES256' };
  }

  /** A token for ten minutes. */
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

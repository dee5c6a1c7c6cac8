import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTVerifyGetKey,
} from 'jose';
import { log } from '../platform/observability/logger.js';
import { singleFlight } from '../platform/single-flight.js';
import { fetchText } from './fetch-text.js';

export interface KeySetTimes {
  /** For one fetch. */
  readonly timeoutMs: number;
  /** Minimum time between two fetches, successful or not, whatever key ids tokens name. */
  readonly minIntervalMs: number;
  /** Older keys are fetched again in the background and used meanwhile, so an issuer's outage rejects nobody. */
  readonly refreshIntervalMs: number;
  /** Keys that could not be confirmed for this long are no longer used. */
  readonly maxAgeMs: number;
}

/** A key that tokens were verified with. */
export interface PublishedKey {
  /** The issuer's key set no longer contains it. */
  readonly isWithdrawn: boolean;
}

type LocalKeySet = ReturnType<typeof createLocalJWKSet>;
type PublicKey = Awaited<ReturnType<LocalKeySet>>;
type KeyHeader = Pick<JWTHeaderParameters, 'alg' | 'kid'>;

interface UsedKey extends PublishedKey {
  isWithdrawn: boolean;
  readonly header: KeyHeader;
  readonly thumbprint: string;
}

/** A key takes about 1 KB, and an issuer has a handful. */
const MAX_BYTES = 100_000;

/**
 * The key set at a URL: fetched on first use, cached, and fetched again for an unknown key id, so that keys can be
 * rotated. Fetches are limited in time, size and rate. Tracks the keys that tokens were verified with, and marks them
 * as withdrawn once a fetched key set lacks them; a failed fetch withdraws none.
 */
export class RemoteKeySet {
  private keys: LocalKeySet | undefined;
  private text = '';
  private confirmedAtMs = -Infinity;
  private fetchedAtMs = -Infinity;
  private isFailing = false;
  private readonly usedKeys = new Map<string, UsedKey>();
  /** By key object; each fetched key set has its own objects. */
  private readonly thumbprints = new WeakMap<object, string>();
  /** @throws where the key set is unavailable */
  private readonly fetch = singleFlight(() => this.fetchNow());

  constructor(
    private readonly url: URL,
    private readonly times: KeySetTimes,
  ) {}

  /**
   * Finds the key for a token's header, for jose's jwtVerify().
   * @throws jose's errors about the token; any other error where the key set is unavailable
   */
  readonly keyFor: JWTVerifyGetKey<PublicKey> = async (header) => {
    await this.refreshWhereDue();
    if (ageMs(this.confirmedAtMs) >= this.times.maxAgeMs) await this.fetch();
    try {
      return await this.current()(header);
    } catch (error) {
      const isFresh = ageMs(this.confirmedAtMs) < this.times.minIntervalMs;
      if (isFresh || !(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // The key may have been published since the last fetch.
      await this.fetch();
      return this.current()(header);
    }
  };

  /** Starts tracking the key that a token was verified with. */
  async track({ alg, kid }: KeyHeader, key: PublicKey): Promise<PublishedKey> {
    const thumbprint = await this.thumbprintOf(key);
    const id = JSON.stringify([alg, kid, thumbprint]);
    let used = this.usedKeys.get(id);
    if (used === undefined) {
      used = { isWithdrawn: false, header: kid === undefined ? { alg } : { alg, kid }, thumbprint };
      this.usedKeys.set(id, used);
    }
    return used;
  }

  /** Fetches the key set again. Where that fails, the known keys stay in use. */
  async refresh(): Promise<void> {
    if (ageMs(this.fetchedAtMs) < this.times.minIntervalMs) return;
    try {
      await this.fetch();
    } catch (error) {
      if (!this.isFailing)
        log.warn({ err: error }, 'the key set could not be fetched; known keys stay in use');
      this.isFailing = true;
    }
  }

  private async refreshWhereDue(): Promise<void> {
    const { refreshIntervalMs } = this.times;
    if (this.keys === undefined || ageMs(this.confirmedAtMs) <= refreshIntervalMs) return;
    // No fetch for long, as after a pause of the whole process: keys may have been withdrawn meanwhile.
    const mayBeStale = ageMs(this.fetchedAtMs) > 2 * refreshIntervalMs;
    const refreshed = this.refresh();
    if (mayBeStale) await refreshed;
  }

  private current(): LocalKeySet {
    if (this.keys === undefined) throw new Error('no key set has been fetched yet');
    return this.keys;
  }

  private async fetchNow(): Promise<void> {
    if (ageMs(this.fetchedAtMs) < this.times.minIntervalMs)
      throw new Error('the key set was fetched a moment ago');
    try {
      const text = await fetchText(this.url, { maxBytes: MAX_BYTES, timeoutMs: this.times.timeoutMs });
      if (text !== this.text) await this.replace(text);
      this.confirmedAtMs = performance.now();
    } finally {
      this.fetchedAtMs = performance.now();
    }
    if (this.isFailing) log.info('the key set was fetched again');
    this.isFailing = false;
  }

  /** @throws where the text is not a key set */
  private async replace(text: string): Promise<void> {
    const keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    this.keys = keys;
    this.text = text;
    for (const [id, used] of this.usedKeys) {
      if (await this.contains(keys, used)) continue;
      used.isWithdrawn = true;
      this.usedKeys.delete(id);
      log.info({ kid: used.header.kid }, 'the issuer has withdrawn a signing key');
    }
  }

  /** Whether a token with the key's header would be verified with the same key now. */
  private async contains(keys: LocalKeySet, { header, thumbprint }: UsedKey): Promise<boolean> {
    for (const key of await candidates(keys, header))
      if ((await this.thumbprintOf(key)) === thumbprint) return true;
    return false;
  }

  private async thumbprintOf(key: PublicKey): Promise<string> {
    const known = this.thumbprints.get(key);
    if (known !== undefined) return known;
    const thumbprint = await calculateJwkThumbprint(await exportJWK(key));
    this.thumbprints.set(key, thumbprint);
    return thumbprint;
  }
}

async function candidates(keys: LocalKeySet, header: KeyHeader): Promise<PublicKey[]> {
  try {
    return [await keys(header)];
  } catch (error) {
    // No such key, or an unreadable one.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const found: PublicKey[] = [];
    for await (const key of error) found.push(key);
    return found;
  }
}

/** By the monotonic clock. */
function ageMs(sinceMs: number): number {
  return performance.now() - sinceMs;
}

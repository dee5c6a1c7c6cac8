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
import { fetchText } from './fetch-text.js';

export interface KeySetTimes {
  /** A request that needs the key set waits for it at most so long. */
  readonly timeoutMs: number;
  /** It is not asked for again so soon after an answer, and after none, whatever key ids tokens name. */
  readonly minIntervalMs: number;
  /** Older keys are still used, and asked for anew meanwhile: an outage of the issuer refuses nobody. */
  readonly refreshIntervalMs: number;
  /** Keys that could not be confirmed for so long are used no more. */
  readonly maxAgeMs: number;
}

/** A key that tokens were checked with. */
export interface PublishedKey {
  /** The issuer has published its key set without it. */
  readonly isWithdrawn: boolean;
}

type LocalKeySet = ReturnType<typeof createLocalJWKSet>;
type PublicKey = Awaited<ReturnType<LocalKeySet>>;
/** What a token says about its key. */
type KeyHeader = Pick<JWTHeaderParameters, 'alg' | 'kid'>;

interface UsedKey extends PublishedKey {
  isWithdrawn: boolean;
  readonly header: KeyHeader;
  readonly thumbprint: string;
}

/** A key has about 1 KB; an issuer has a handful. */
const MAX_BYTES = 100_000;

/**
 * The key set at an address: fetched when it is needed, kept, and fetched anew for a key id that it lacks, so that
 * keys can be rotated. What is fetched is bounded in time, size and number. Remembers which keys have been used, and
 * tells when the issuer has withdrawn one; an answer that fails withdraws none.
 */
export class RemoteKeySet {
  private keys: LocalKeySet | undefined;
  private text = '';
  private confirmedAtMs = -Infinity;
  private askedAtMs = -Infinity;
  private asking: Promise<void> | undefined;
  private isFailing = false;
  private readonly used = new Map<string, UsedKey>();
  /** By the key object, of which each fetched key set has its own. */
  private readonly thumbprints = new WeakMap<object, string>();

  constructor(
    private readonly url: URL,
    private readonly times: KeySetTimes,
  ) {}

  /**
   * For jose: the key that a token is to be checked with.
   * @throws what jose throws; for a key set that can't be had, an error that is none of a token's faults
   */
  readonly keyFor: JWTVerifyGetKey<PublicKey> = async (header) => {
    await this.refreshWhereDue();
    if (ageMs(this.confirmedAtMs) >= this.times.maxAgeMs) await this.ask();
    try {
      return await this.current()(header);
    } catch (error) {
      const isConfirmed = ageMs(this.confirmedAtMs) < this.times.minIntervalMs;
      if (isConfirmed || !(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // It may have been published since.
      await this.ask();
      return this.current()(header);
    }
  };

  /** The key that a token was found good with, to be looked at again later. */
  async published({ alg, kid }: KeyHeader, key: PublicKey): Promise<PublishedKey> {
    const thumbprint = await this.thumbprintOf(key);
    const id = JSON.stringify([alg, kid, thumbprint]);
    let used = this.used.get(id);
    if (used === undefined) {
      used = { isWithdrawn: false, header: kid === undefined ? { alg } : { alg, kid }, thumbprint };
      this.used.set(id, used);
    }
    return used;
  }

  /** Asks for the key set anew. Where it can't be had the known keys are used on. */
  async refresh(): Promise<void> {
    if (ageMs(this.askedAtMs) < this.times.minIntervalMs) return;
    try {
      await this.ask();
    } catch (error) {
      if (!this.isFailing)
        log.warn({ err: error }, 'the key set could not be fetched; known keys are used on');
      this.isFailing = true;
    }
  }

  private async refreshWhereDue(): Promise<void> {
    const { refreshIntervalMs } = this.times;
    if (this.keys === undefined || ageMs(this.confirmedAtMs) <= refreshIntervalMs) return;
    // Nobody has asked for long, as after a pause of the whole process: the keys may be withdrawn.
    const mayBeStale = ageMs(this.askedAtMs) > 2 * refreshIntervalMs;
    const refreshed = this.refresh();
    if (mayBeStale) await refreshed;
  }

  private current(): LocalKeySet {
    if (this.keys === undefined) throw new Error('there is no key set');
    return this.keys;
  }

  /** One request at a time, for all who wait. @throws where no key set comes */
  private ask(): Promise<void> {
    this.asking ??= this.fetch().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async fetch(): Promise<void> {
    if (ageMs(this.askedAtMs) < this.times.minIntervalMs)
      throw new Error('the key set was asked for a moment ago');
    try {
      const text = await fetchText(this.url, { maxBytes: MAX_BYTES, timeoutMs: this.times.timeoutMs });
      if (text !== this.text) await this.replace(text);
      this.confirmedAtMs = performance.now();
    } finally {
      this.askedAtMs = performance.now();
    }
    if (this.isFailing) log.info('the key set could be fetched again');
    this.isFailing = false;
  }

  /** @throws where the text is no key set */
  private async replace(text: string): Promise<void> {
    const keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    this.keys = keys;
    this.text = text;
    for (const [id, used] of this.used) {
      if (await this.holds(keys, used)) continue;
      used.isWithdrawn = true;
      this.used.delete(id);
      log.info({ kid: used.header.kid }, 'a key for tokens has been withdrawn');
    }
  }

  /** Whether tokens that were checked with the key would be checked with the same one now. */
  private async holds(keys: LocalKeySet, { header, thumbprint }: UsedKey): Promise<boolean> {
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
    // There is none, or none that can be read.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const several: PublicKey[] = [];
    for await (const key of error) several.push(key);
    return several;
  }
}

/** By a clock that nobody sets. */
function ageMs(momentMs: number): number {
  return performance.now() - momentMs;
}

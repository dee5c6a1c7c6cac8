import {
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  jwksCache,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
} from 'jose';
import { log } from '../platform/logger.js';

export interface KeySetTimes {
  /** A request that needs the key set waits for it at most so long. */
  readonly timeoutMs: number;
  /** It is not asked again for so long after an answer, and after none, whatever key ids tokens name. */
  readonly pauseMs: number;
  /** Older keys are still used, and asked for anew meanwhile: an outage of the issuer refuses nobody. */
  readonly refreshAfterMs: number;
  /** Keys that could not be confirmed for so long are used no more. */
  readonly keepMs: number;
}

const TIMES: KeySetTimes = { timeoutMs: 2_000, pauseMs: 1_000, refreshAfterMs: 300_000, keepMs: 3_600_000 };
/** A key has about 1 KB; an issuer has a handful. */
const MAX_BYTES = 100_000;

/**
 * The key set at an address, for jose: fetched when it is needed, kept, and fetched anew for a key id that it
 * lacks, so that keys can be rotated. What is fetched is bounded in time, size and number.
 * @throws what jose throws; for a key set that can't be had, an error that is none of a token's faults
 */
export function remoteKeySet(url: URL, times: KeySetTimes = TIMES): JWTVerifyGetKey {
  const cache: { uat?: number } = {};
  const keySet = createRemoteJWKSet(url, {
    timeoutDuration: times.timeoutMs,
    cooldownDuration: times.pauseMs,
    cacheMaxAge: times.keepMs,
    [customFetch]: boundedFetch(times.pauseMs),
    [jwksCache]: cache as JWKSCacheInput,
  });
  return async (header, token) => {
    const age = Date.now() - (cache.uat ?? Date.now());
    if (age > times.refreshAfterMs && age < times.keepMs && !keySet.reloading) {
      keySet.reload().catch((error: unknown) => {
        log.debug({ err: error }, 'the key set could not be fetched anew; the known keys are used on');
      });
    }
    return keySet(header, token);
  };
}

/** Asks so often and reads so much, and no more. (jose follows no redirect, and asks one question at a time.) */
function boundedFetch(pauseMs: number): FetchImplementation {
  let notBeforeMs = 0;
  return async (url, options) => {
    if (Date.now() < notBeforeMs) throw new Error('the key set was asked for a moment ago');
    try {
      const response = await fetch(url, options);
      return new Response(await readAtMost(MAX_BYTES, response), { status: response.status });
    } finally {
      notBeforeMs = Date.now() + pauseMs;
    }
  };
}

/** @throws where there is more */
async function readAtMost(bytes: number, { body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > bytes) throw new Error(`the key set has more than ${bytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

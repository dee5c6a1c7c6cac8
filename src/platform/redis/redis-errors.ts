/** The client's own words for a server that can't be reached, or did not answer in time; they have no codes. */
const CLIENT_MESSAGES =
  /^(Connection is closed\.|Command timed out|Stream isn't writeable|Reached the max retries per request limit|ClusterAllFailedError|Failed to refresh slots cache)/;
/** What a script met stands behind this in Redis 6.2, and alone since 7.0. */
const IN_SCRIPT = '^(?:ERR Error running script .*-)?';
/** How the server begins an answer that says that it is at fault, and not the command. */
const SERVER_CODES = new RegExp(
  `${IN_SCRIPT}(LOADING|OOM|MISCONF|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|UNBLOCKED) `,
);
/**
 * How the answer of a server begins that has become a replica, is loading what its new master sent, or has lost that.
 * It did nothing of what it was asked for.
 */
const NOT_MASTER_CODES = new RegExp(`${IN_SCRIPT}(READONLY|LOADING|MASTERDOWN|UNBLOCKED) `);

/** Whether Redis, not the command, is at fault. The caller may try again. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return SERVER_CODES.test(error.message);
  return CLIENT_MESSAGES.test(error.message);
}

/** Whether the server has become one that takes no writes. The address may lead to another one by now. */
export function isNotMaster(error: Error): boolean {
  return NOT_MASTER_CODES.test(error.message);
}

/** ioredis's errors for a server that is unreachable or did not answer in time; they have no codes. */
const CLIENT_MESSAGES =
  /^(Connection is closed\.|Command timed out|Stream isn't writeable|Reached the max retries per request limit|ClusterAllFailedError|Failed to refresh slots cache)/;
/** Redis 6.2 puts this before an error inside a script; 7.0 and newer don't. */
const IN_SCRIPT = '^(?:ERR Error running script .*-)?';
/** Error replies about the server's state, not about the command. */
const SERVER_CODES = new RegExp(
  `${IN_SCRIPT}(LOADING|OOM|MISCONF|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|UNBLOCKED) `,
);
/**
 * Error replies of a server that has become a replica, is loading its data set, or has lost its master. The command
 * was not executed.
 */
const NOT_MASTER_CODES = new RegExp(`${IN_SCRIPT}(READONLY|LOADING|MASTERDOWN|UNBLOCKED) `);

/** Whether Redis, not the command, is at fault, so that the caller may try again. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return SERVER_CODES.test(error.message);
  return CLIENT_MESSAGES.test(error.message);
}

/** Whether the server no longer accepts writes. A new connection to its address may reach the new master. */
export function isNotMaster(error: Error): boolean {
  return NOT_MASTER_CODES.test(error.message);
}

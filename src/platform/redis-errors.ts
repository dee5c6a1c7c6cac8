/** The client's own words for a server that can't be reached, or did not answer in time; they have no codes. */
const CLIENT_MESSAGES =
  /^(Connection is closed\.|Command timed out|Stream isn't writeable|Reached the max retries per request limit|ClusterAllFailedError|Failed to refresh slots cache)/;
/** How the server begins an answer that says that it is at fault, and not the command. */
const SERVER_CODES = /^(LOADING|OOM|MISCONF|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS) /;

/** Whether Redis, not the command, is at fault. The caller may try again. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return SERVER_CODES.test(error.message);
  return CLIENT_MESSAGES.test(error.message);
}

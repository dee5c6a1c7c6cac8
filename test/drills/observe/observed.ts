import type { OwnPostgres } from '../../support/own-postgres.js';
import type { System } from '../system/system.js';

/** What an observer needs of the system: access that bypasses every link. */
export interface Observed extends Pick<System, 'directApiUrls' | 'token'> {
  readonly postgres: Pick<OwnPostgres, 'url' | 'query'>;
}

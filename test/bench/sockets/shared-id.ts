/** The id in the bare server's broadcast, in place of each socket's own. */
export const SHARED_ID = '00000000-0000-4000-8000-000000000000';

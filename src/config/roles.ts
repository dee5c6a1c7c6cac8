export type Role = 'api' | 'relay' | 'worker';

export const ROLES: readonly Role[] = ['api', 'relay', 'worker'];

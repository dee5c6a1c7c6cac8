/** Nest's token for the checked environment. */
export const CONFIG = Symbol('Config');

/** Formats of what clients choose. Each has a bound, and none lets a control character through. */
export const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;
export const IDEMPOTENCY_KEY_MESSAGE = 'must be 1 to 255 printable ASCII characters';
export const SKU = /^[\x21-\x7e]{1,64}$/;
export const SKU_MESSAGE = 'must be 1 to 64 printable ASCII characters without spaces';
/**
 * For a person to read. No control, format (among them those that turn the direction of writing), surrogate,
 * private or unassigned characters, and no separators of lines and paragraphs.
 */
export const REASON = /^[^\p{C}\p{Zl}\p{Zp}]{1,500}$/u;
export const REASON_MESSAGE = 'must be 1 to 500 printable characters';
/** For a person to read, as REASON is. */
export const PRODUCT_NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u;
export const PRODUCT_NAME_MESSAGE = 'must be 1 to 200 printable characters';

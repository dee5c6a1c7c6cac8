/** Formats of texts that clients choose. Each has a maximum length, and none allows control characters. */
export const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;
export const IDEMPOTENCY_KEY_MESSAGE = 'must be 1 to 255 printable ASCII characters';

export const PAYMENT_METHOD = /^[A-Za-z0-9_-]{1,255}$/;
export const PAYMENT_METHOD_MESSAGE = 'must be a token of the payment gateway, such as pm_card_visa';
export const SKU = /^[\x21-\x7e]{1,64}$/;
export const SKU_MESSAGE = 'must be 1 to 64 printable ASCII characters without spaces';
export const CURRENCY = /^[A-Z]{3}$/;
export const CURRENCY_MESSAGE = 'must be an ISO 4217 code in upper case';
/**
 * A printable character: no control, format (such as those that change the writing direction), surrogate, private-use
 * or unassigned character, and no line or paragraph separator.
 */
const VISIBLE = String.raw`[^\p{C}\p{Zl}\p{Zp}]`;
/** ZWNJ and ZWJ between characters that they join or separate: in Persian and Indic words and in emoji sequences. */
const JOINER = String.raw`(?<=[\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d](?=[\p{L}\p{M}\p{Extended_Pictographic}])`;
/** May have several lines, see reasonText(). */
export const REASON = new RegExp(`^(?:${VISIBLE}|${JOINER}|\\n){1,500}$`, 'u');
export const REASON_MESSAGE = 'must be 1 to 500 printable characters';
/** One line. */
export const PRODUCT_NAME = new RegExp(`^(?:${VISIBLE}|${JOINER}){1,200}$`, 'u');
export const PRODUCT_NAME_MESSAGE = 'must be 1 to 200 printable characters';

/** Normalizes line endings of a reason to \n. Other types are returned unchanged, for the validation to reject. */
export function reasonText(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value;
}

export function isBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '';
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Parses a duration such as 90s, 15m, 1h or 7d.
 * @returns seconds
 * @throws for any other text
 */
export function parseDuration(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitSeconds = UNIT_SECONDS[unit];
  if (unitSeconds === undefined)
    throw new Error(`not a duration such as 90s, 15m, 1h or 7d: ${JSON.stringify(text)}`);
  return Number(amount) * unitSeconds;
}

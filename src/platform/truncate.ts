/** Shortens a text from outside for a response or a log line. @param maxLength without the ellipsis */
export function truncate(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}

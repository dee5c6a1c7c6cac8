/** Checked before a text from outside goes to PostgreSQL, which throws for anything but a UUID. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

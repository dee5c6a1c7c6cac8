/** A UUID as text. PostgreSQL refuses anything else as one, so what comes from outside is checked by this first. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { readFile } from 'node:fs/promises';

/**
 * Fails when schema.graphql breaks clients of the last release, whose schema is released-schema.graphql.
 * A release copies schema.graphql over it.
 */
const released = buildSchema(await readFile(new URL('released-schema.graphql', import.meta.url), 'utf8'));
const current = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const changes = await diff(released, current);
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
for (const { message } of breaking) console.error(`schema.graphql breaks clients: ${message}`);
process.exitCode = breaking.length === 0 ? 0 : 1;

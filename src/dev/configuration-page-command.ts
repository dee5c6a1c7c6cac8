import { writeFileSync } from 'node:fs';
import { configurationPage } from './configuration-page.js';

/** `npm run docs:configuration`: writes docs/configuration.md. */
writeFileSync('docs/configuration.md', configurationPage());

import { log } from '../../src/platform/observability/logger.js';
import { fillOrders } from './fill-orders.js';
import { addWaiting, HOT_STATEMENTS } from './hot-statements.js';
import { type Plan, Plans } from './plans.js';
import { Stand } from './stand.js';

/**
 * `npm run bench:build && node dist/test/bench/explain.js [orders]`: what PostgreSQL does for every hot statement among
 * a million orders, as a section for docs/performance.md. The statements are those that the built code sends.
 */

/** The maximum line length in the docs, by test/unit/docs.test.ts. */
const MAX_COLUMNS = 110;
const CONTINUATION_INDENT = 6;

const count = Number(process.argv[2] ?? 1_000_000);
log.level = 'warn';
await Stand.use(async (stand) => {
  await fillOrders(stand.sql, count);
  const plans = new Plans(stand.postgres.url);
  try {
    const state = await addWaiting(plans.database);
    const sections: Section[] = [];
    for (const [name, work] of Object.entries(HOT_STATEMENTS))
      sections.push({ name, ...(await plans.of((database) => work(database, state))) });
    console.log(markdown(sections));
  } finally {
    await plans.close();
  }
});

interface Section extends Plan {
  readonly name: string;
}

function markdown(sections: readonly Section[]): string {
  const rows = sections.map(({ name, buffers, ms }) => `| ${name} | ${buffers} | ${ms.toFixed(2)} |`);
  const details = sections.map(
    ({ name, text }) =>
      `<details><summary>${name}</summary>\n\n\`\`\`text\n${wrapped(text)}\n\`\`\`\n\n</details>`,
  );
  return [['| statement | buffers | ms |', '| --- | --: | --: |', ...rows].join('\n'), ...details].join(
    '\n\n',
  );
}

/** Long lines of a plan continue in the next line, indented. */
function wrapped(plan: string): string {
  return plan.split('\n').flatMap(wrappedLine).join('\n');
}

function wrappedLine(line: string): string[] {
  if (line.length <= MAX_COLUMNS) return [line];
  const indentation = ' '.repeat(line.length - line.trimStart().length + CONTINUATION_INDENT);
  const space = line.lastIndexOf(' ', MAX_COLUMNS);
  if (space <= indentation.length) return [line];
  return [line.slice(0, space), ...wrappedLine(indentation + line.slice(space + 1))];
}

import { log } from '../../dist/platform/logger.js';
import { fillOrders } from './fill-orders.js';
import { addWaiting, HOT_STATEMENTS } from './hot-statements.js';
import { Plans } from './plans.js';
import { Stand } from './stand.js';

/**
 * `npm run --silent build && node test/bench/explain.js [orders]`: what PostgreSQL does for every hot statement among
 * a million orders, as a section for docs/performance.md. The statements are those that the built code sends.
 */
const count = Number(process.argv[2] ?? 1_000_000);
log.level = 'warn';
await Stand.use(async (stand) => {
  await fillOrders(stand.sql, count);
  const plans = await Plans.open(stand.postgres.url);
  try {
    const state = await addWaiting(plans.database);
    const sections = [];
    for (const [name, work] of Object.entries(HOT_STATEMENTS)) {
      // What comes before it only prepares the ground.
      const { plan, buffers, ms } = (await plans.of((database) => work(database, state))).at(-1);
      sections.push({ name, plan, buffers, ms });
    }
    console.log(markdown(sections));
  } finally {
    await plans.close();
  }
});

function markdown(sections) {
  const rows = sections.map(({ name, buffers, ms }) => `| ${name} | ${buffers} | ${ms.toFixed(2)} |`);
  const details = sections.map(
    ({ name, plan }) => `<details><summary>${name}</summary>\n\n\`\`\`text\n${plan}\n\`\`\`\n\n</details>`,
  );
  return [['| statement | buffers | ms |', '| --- | --: | --: |', ...rows].join('\n'), ...details].join(
    '\n\n',
  );
}

/** A parent for the orphan test: starts two children, says their pids and waits to be killed. */
import { createChildPool } from '#src/isolation/create-child-pool.ts';

const pool = createChildPool({ entry: new URL('./obedient.ts', import.meta.url), size: 2 });
await pool.start();
process.stdout.write(`${JSON.stringify(pool.stats().children.map((child) => child.pid))}\n`);
setInterval(() => {}, 1000);

import { writeSync } from 'node:fs';
import { serveChild } from '#src/isolation/serve-child.ts';

serveChild(() => {
  writeSync(3, 'this is no frame at all');
  return { header: {}, payloads: [] };
});

/** Opens a gateway as the commands do, says where it is, and holds it until it is killed. */
import { loadCliConfig } from '#services/cli/config.ts';
import { openGateway } from '#services/cli/client/open-gateway.ts';

const { url } = await openGateway(loadCliConfig(), undefined, new AbortController().signal);
process.stdout.write(`${url}\n`);

/* The command line `tessera`. Commands: run-cli.ts; exit codes: exit-codes.ts. */
import { enableCodeCache } from '#src/isolation/enable-code-cache.ts';

// Before anything else is loaded: later starts skip most of the parsing and type stripping.
enableCodeCache();
const { runCli } = await import('./run-cli.ts');
process.exitCode = await runCli(process.argv.slice(2));

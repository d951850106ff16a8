/* Plain JavaScript that uses the installed client: plain.js GATEWAY_URL IMAGE. Prints the vector, and the code of a refusal. */
import { readFile } from 'node:fs/promises';
import { createTesseraClient, TesseraProblem } from 'tessera';

const [baseUrl, path] = process.argv.slice(2);
const client = createTesseraClient({ baseUrl });
const { data } = await client.createEmbeddings(await readFile(path));
const code = await client.getModel('none').catch((thrown) => thrown instanceof TesseraProblem && thrown.code);
console.log(JSON.stringify({ vector: [...data[0].embedding], code }));

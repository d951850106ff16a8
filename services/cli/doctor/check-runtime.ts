import type { Finding } from './finding.ts';

const neededMajor = 24;

/** Is this the Node that the sources need? */
export function checkNode(version = process.versions.node): Finding {
  const isOk = Number(version.split('.')[0]) >= neededMajor;
  const advice = `Run npm ci, which brings Node ${neededMajor}, and start tessera by npx.`;
  return { name: 'node', isOk, detail: version, ...(!isOk && { advice }) };
}

/** Native libraries: installed for this platform, and loadable. */
export async function checkPackages(): Promise<readonly Finding[]> {
  const load = async (name: string, loaded: Promise<unknown>): Promise<Finding> => {
    try {
      await loaded;
      return { name, isOk: true, detail: 'loads' };
    } catch (thrown) {
      const [firstLine = ''] = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
      return { name, isOk: false, detail: firstLine, advice: 'Run npm ci on this machine.' };
    }
  };
  return Promise.all([load('onnxruntime-node', import('onnxruntime-node')), load('sharp', import('sharp'))]);
}

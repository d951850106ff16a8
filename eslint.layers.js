/**
 * The import order of the project as data: a folder of `src/` and what it may import.
 * `eslint.config.js` turns each row into a rule; `test/unit/lint-layers.test.ts` proves that each rule fires.
 *
 * domain < ports < {telemetry, imaging, isolation} < stages < pipeline < {access, jobs, dimse} < http < services
 */
const base = ['domain', 'ports'];
const kernels = ['telemetry', 'imaging', 'isolation'];
const stages = ['remote', 'decode', 'preprocess', 'infer', 'postprocess', 'render', 'store', 'training'];
const useCases = ['access', 'jobs', 'dimse'];

/** What a stage folder may import: never a sibling stage. */
const stageRow = (own) => [own, ...base, 'telemetry', 'imaging'];

export const layers = {
  domain: ['domain'],
  ports: ['ports', 'domain'],
  telemetry: ['telemetry', ...base],
  imaging: ['imaging', 'domain'],
  isolation: ['isolation', ...base, 'telemetry'],
  remote: stageRow('remote'),
  // Native decoders run in watched child processes: decode alone among the stages uses isolation.
  decode: ['decode', 'domain', 'ports', 'imaging', 'isolation'],
  preprocess: ['preprocess', ...base, 'imaging'],
  infer: stageRow('infer'),
  postprocess: ['postprocess', ...base, 'imaging'],
  render: stageRow('render'),
  store: stageRow('store'),
  training: stageRow('training'),
  pipeline: ['pipeline', ...base, ...kernels, ...stages],
  access: ['access', ...base, ...kernels, ...stages, 'pipeline'],
  jobs: ['jobs', ...base, ...kernels, ...stages, 'pipeline'],
  dimse: ['dimse', ...base, ...kernels, ...stages, 'pipeline'],
  // HTTP sees values, ports and use cases, never a stage's inside.
  http: ['http', ...base, 'telemetry', 'pipeline', ...useCases],
  // The client is installed elsewhere, without the rest: it sees nothing but itself.
  client: ['client'],
};

/** Folders that may import no package and no Node builtin: plain values, and the client, which runs in browsers too. */
export const packageFree = ['domain', 'ports', 'client'];

/**
 * Modules that `src/http` must not see, as regular expressions over the module name (sub-paths are covered):
 * it is written against Fetch alone, so that the same application runs in Node, in a Worker and in a test.
 */
export const nodeOnlyForHttp = [
  'node:(http|https|http2|net|tls|fs|child_process|worker_threads|os|cluster|dgram)',
  '(http|https|http2|net|tls|fs|child_process|worker_threads|os|cluster|dgram)',
  '@grpc/grpc-js',
  '@hono/node-server',
  'protobufjs',
  'sharp',
  'onnxruntime-node',
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a program needs of a machine to run on it: where things are, language and time, how the network is reached and who is trusted
 * there, how many threads are wanted. Addresses of proxies and package indexes may hold a password; without them nothing is
 * reached, and they are for whoever fetches packages.
 */
const named = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TEMP', 'TMP'],
  ...['XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'LD_LIBRARY_PATH', 'NODE_OPTIONS', 'PYTHONPATH'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  ...['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'CUDA_VISIBLE_DEVICES'],
]);
const prefixes = ['LC_', 'PIP_'];
/** Settings of the gateway and of its telemetry; keys are among them. */
const gatewayPrefixes = ['TESSERA_', 'OTEL_'];

const keep = (environment: Environment, isKept: (name: string) => boolean): Record<string, string> => {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && isKept(name) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(entries);
};
const beginsWith = (name: string, list: readonly string[]): boolean =>
  list.some((prefix) => name.startsWith(prefix));
const isOfTheMachine = (name: string): boolean => named.has(name) || beginsWith(name, prefixes);

/**
 * The environment of a child that needs no secret: a list of what it gets, since a list of what it must not get is never whole
 * (HF_TOKEN, AWS_SECRET_ACCESS_KEY, and whatever else a shell holds).
 */
export function childEnvironment(environment: Environment): Record<string, string> {
  return keep(environment, isOfTheMachine);
}

/** The environment of a gateway that is started for one command: the same, and the gateway's own settings. */
export function gatewayEnvironment(environment: Environment): Record<string, string> {
  return keep(environment, (name) => isOfTheMachine(name) || beginsWith(name, gatewayPrefixes));
}

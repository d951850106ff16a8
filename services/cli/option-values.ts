import { InvalidArgumentError, Option } from 'commander';
import { resizeModes } from '#src/domain/geometry.ts';
import { poolings } from '#src/domain/pooling.ts';

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** `--output -` is standard output, as everywhere: for the commands no output is named then. */
export const dropDash = <Options extends { readonly output?: string | undefined }>(
  options: Options,
): Options => ({
  ...options,
  output: options.output === '-' ? undefined : options.output,
});

/** `--pooling`, as the gateway takes it; which of them a model has, the gateway says. */
export const poolingOption = (): Option => new Option('--pooling <name>', 'default: cls').choices(poolings);

/** `--resize`, as the gateway takes it. */
export const resizeOption = (): Option =>
  new Option('--resize <mode>', 'default: stretch').choices(resizeModes);

/** A whole number from 1 to 9999. Throws InvalidArgumentError. */
export function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
}

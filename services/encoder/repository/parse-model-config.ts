import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import textformat from 'protobufjs/ext/textformat.js';
import { inference } from '#src/infer/triton/gen/protocol.js';

let modelConfigType: protobuf.Type | undefined;

/** The message by reflection: the text format needs field names, which generated code does not have. Parsed once, some ms. */
function reflectedModelConfig(): protobuf.Type {
  if (modelConfigType === undefined) {
    const source = readFileSync(
      new URL('../../../proto/inference/model_config.proto', import.meta.url),
      'utf8',
    );
    modelConfigType = protobuf
      .parse(source, { keepCase: false })
      .root.resolveAll()
      .lookupType('inference.ModelConfig');
  }
  return modelConfigType;
}

/** Through the wire form, so that the rest of the encoder sees the one generated type with plain numbers. */
const toGenerated = (type: protobuf.Type, message: protobuf.Message): inference.ModelConfig =>
  inference.ModelConfig.decode(type.encode(message).finish());

/** A `config.pbtxt`. Throws with line and reason when the text is not one. */
export function parseModelConfig(text: string): inference.ModelConfig {
  const type = reflectedModelConfig();
  return toGenerated(type, textformat.fromText(type, text));
}

/** `max_batch_size` → `maxBatchSize`: JSON of protobuf may use either. */
const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Keys of messages in camel case. Keys of maps are the user's own: those of `parameters` and the like stay as they are. */
function camelKeys(value: unknown, type: protobuf.Type): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  const entries = Object.entries(fields).map(([key, item]): readonly [string, unknown] => {
    const name = camelCase(key);
    const field = type.fields[name];
    if (field === undefined) throw new Error(`unknown field '${key}'`);
    const child = field.resolve().resolvedType;
    if (!(child instanceof protobuf.Type)) return [name, item];
    if (field instanceof protobuf.MapField) {
      const items = Object.entries(item as object).map(
        ([own, each]) => [own, camelKeys(each, child)] as const,
      );
      return [name, Object.fromEntries(items)];
    }
    if (Array.isArray(item)) return [name, item.map((each: unknown) => camelKeys(each, child))];
    return [name, camelKeys(item, child)];
  });
  return Object.fromEntries(entries);
}

/**
 * The `config` parameter of RepositoryModelLoad: JSON of a ModelConfig. The fields that it has replace those of
 * `base`, so a complete configuration replaces all, and a partial one changes what it names. Throws on anything else.
 */
export function overrideModelConfig(base: inference.ModelConfig, json: string): inference.ModelConfig {
  const type = reflectedModelConfig();
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  const given = toGenerated(type, type.fromObject(camelKeys(value, type) as Record<string, unknown>));
  const named = Object.keys(value).map(camelCase);
  const fields = given as unknown as Record<string, unknown>;
  const replaced = Object.fromEntries(named.map((name) => [name, fields[name]]));
  const merged = Object.assign(new inference.ModelConfig(base), replaced);
  return inference.ModelConfig.decode(inference.ModelConfig.encode(merged).finish());
}

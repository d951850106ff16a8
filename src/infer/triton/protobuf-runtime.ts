import protobuf from 'protobufjs/minimal.js';

/**
 * protobufjs as the generated code sees it: 64-bit integers are plain numbers, and nothing outside is touched.
 *
 * protobufjs reads int64 as `Long` as soon as the package `long` is present, whatever the generator was told, and
 * its only switch is global to the process. So the generated code gets a reader of its own instead. What is lost:
 * values beyond 2^53 are rounded; shapes, counts and nanosecond totals stay below (2^53 ns are 104 days of computing).
 *
 * `bytes` fields are views of the received message, not copies: BufferReader slices without copying.
 */
class NumberReader extends protobuf.BufferReader {
  static override recursionLimit = protobuf.util.recursionLimit;
  static override create(buffer: Uint8Array): NumberReader {
    return new NumberReader(
      Buffer.isBuffer(buffer) ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength),
    );
  }
}

/** What protobufjs reads for a 64-bit integer: `Long`, or a number where the package `long` is absent. */
type ReadInt64 = (this: NumberReader) => number | { toNumber(): number };

for (const name of ['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'] as const) {
  const read = Reflect.get(protobuf.BufferReader.prototype, name) as unknown as ReadInt64;
  Object.defineProperty(NumberReader.prototype, name, {
    value: function (this: NumberReader): number {
      const value = read.call(this);
      return typeof value === 'number' ? value : value.toNumber();
    },
  });
}

const protobufRuntime = {
  Reader: NumberReader,
  Writer: protobuf.Writer,
  /** Without `Long`, the defaults of absent fields in the generated prototypes are the number 0. */
  util: Object.create(protobuf.util, { Long: { value: undefined } }) as typeof protobuf.util,
  roots: {} as Record<string, unknown>,
};
export default protobufRuntime;

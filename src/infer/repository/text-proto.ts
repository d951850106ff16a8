/** A scalar of the protobuf text format; enum values are `{ name }`, written without quotes. */
export type TextScalar = string | number | boolean | { readonly enumName: string };
/** A message: fields in the order in which they are to be written. A list of messages is a repeated field. */
export type TextMessage = readonly (readonly [field: string, value: TextValue])[];
export type TextValue =
  | { readonly scalar: TextScalar }
  | { readonly scalars: readonly TextScalar[] }
  | { readonly message: TextMessage }
  | { readonly messages: readonly TextMessage[] };

/**
 * Renders a message in the protobuf text format (protobuf.dev/reference/protobuf/textformat-spec), two spaces an indent,
 * one field a line, repeated scalars as a list, repeated messages as repeated fields.
 */
export function renderTextProto(message: TextMessage, indent = ''): string {
  return message.map(([field, value]) => renderField(field, value, indent)).join('');
}

function renderField(field: string, value: TextValue, indent: string): string {
  if ('scalar' in value) return `${indent}${field}: ${renderScalar(value.scalar)}\n`;
  if ('scalars' in value) return `${indent}${field}: [${value.scalars.map(renderScalar).join(', ')}]\n`;
  const messages = 'message' in value ? [value.message] : value.messages;
  return messages
    .map((entry) => `${indent}${field} {\n${renderTextProto(entry, `${indent}  `)}${indent}}\n`)
    .join('');
}

function renderScalar(scalar: TextScalar): string {
  if (typeof scalar === 'string') return quote(scalar);
  if (typeof scalar === 'object') return scalar.enumName;
  return String(scalar);
}

/** Printable ASCII as it is; quotes, backslashes and every other byte (of the UTF-8 form) escaped in octal. */
function quote(text: string): string {
  const escaped = Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

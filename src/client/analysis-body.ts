import type { UploadBody } from './exchange.ts';
import { assertImageBytes, type ImageInput } from './image-input.ts';
import { jsonBody } from './json-body.ts';
import { multipartBody, type Part } from './multipart-body.ts';
import type { Examples } from './tessera-client.ts';

const isString = (value: unknown): value is string => typeof value === 'string';

/** One or many, as many. */
export const toList = (images: ImageInput | readonly ImageInput[]): readonly ImageInput[] =>
  Array.isArray(images) ? (images as readonly ImageInput[]) : [images as ImageInput];

/** The options before the files: a stream is worked on with them from its first file on. */
export function imageParts(images: readonly ImageInput[], options: object): readonly Part[] {
  return [
    { name: 'options', json: options },
    ...images.map((image, index): Part => {
      assertImageBytes(image, `Image ${index}`);
      return { name: 'file', image };
    }),
  ];
}

/** A form cannot carry these in the name of a part as they are: what is an escape and what is meant would be a guess. */
const untellable = /\\|%0D|%0A|%22/i;

function exampleParts(examples: Examples): readonly Part[] {
  if ('archive' in examples) return [{ name: 'examples', image: examples.archive }];
  return examples.map(({ label, image }, index): Part => {
    assertImageBytes(image, `Example ${index}`);
    if (untellable.test(label)) {
      throw new TypeError(
        `The label of example ${index} holds a backslash or an escape: give all images as data URIs then.`,
      );
    }
    return { name: `example:${label}`, image };
  });
}

/** The body of an analysis: a form for bytes, JSON for strings. Throws TypeError for a mixture and for what is neither. */
export function analysisBody(
  images: ImageInput | readonly ImageInput[],
  options: object,
  examples?: Examples,
): UploadBody {
  const input = toList(images);
  if (input.length === 0) throw new TypeError('There is no image.');
  const labelled = examples === undefined || 'archive' in examples ? [] : examples;
  if (input.every(isString) && labelled.every(({ image }) => isString(image))) {
    if (examples !== undefined && 'archive' in examples) {
      throw new TypeError('An archive of examples needs images as bytes too.');
    }
    const taught = examples?.map(({ label, image }) => ({ label, input: image }));
    return jsonBody({ ...options, input, ...(taught !== undefined && { examples: taught }) });
  }
  return multipartBody([
    ...imageParts(input, options),
    ...(examples === undefined ? [] : exampleParts(examples)),
  ]);
}

import { brightPng, darkPng } from './images.ts';

/** Two classes of three images each, which the tiny model sees on opposite sides. */
export const darkExamples = await Promise.all([5, 15, 25].map(darkPng));
export const brightExamples = await Promise.all([170, 190, 210].map(brightPng));

/** The examples as parts of a form. */
export const exampleParts = [
  ...darkExamples.map((bytes) => ['example:dark', bytes] as const),
  ...brightExamples.map((bytes) => ['example:bright', bytes] as const),
];

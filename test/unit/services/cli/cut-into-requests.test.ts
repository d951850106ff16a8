import { expect, it } from 'vitest';
import { cutIntoRequests } from '#services/cli/client/analyse-files.ts';

const MiB = 1024 * 1024;
const uploads = (...sizes: number[]) => sizes.map((bytes, index) => ({ index, file: `${index}`, bytes }));
const shape = (sizes: number[], maxFiles: number) =>
  cutIntoRequests(uploads(...sizes), maxFiles).map((request) => request.map(({ index }) => index));

it('cuts by number of files, in order, and loses none', () => {
  expect(shape([1, 1, 1, 1, 1], 2)).toEqual([[0, 1], [2, 3], [4]]);
});

it('cuts by bytes: together at most 64 MiB, and a larger file travels alone', () => {
  expect(shape([32 * MiB, 32 * MiB, 1], 10)).toEqual([[0, 1], [2]]);
  expect(shape([1, 100 * MiB, 1], 10)).toEqual([[0], [1], [2]]);
});

it('makes no request of nothing', () => {
  expect(shape([], 10)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { failureOf, refusalOf } from '#services/cli/client/problem.ts';

const detail = 'The request does not have the form.';
const problem = (code: string, pointer?: string) => ({
  code,
  detail,
  ...(pointer !== undefined && {
    message: `${detail} (${pointer}: Bad.)`,
    errors: [{ pointer, detail: 'Bad.' }],
  }),
});
const options = ['pooling', 'window', 'example:a'];
const refusal = (status: number, given: ReturnType<typeof problem>) => refusalOf(status, given, options);

describe('refusalOf', () => {
  it('ends the command for an option that was sent, with what is wrong there', () => {
    expect(refusal(400, problem('malformed-request', '/pooling'))).toMatchObject({
      exit: 'usage',
      message: `${detail} (/pooling: Bad.) (malformed-request)`,
      errors: [{ pointer: '/pooling', detail: 'Bad.' }],
    });
  });

  it.each([
    ['a file of the request', 400, '/input/0'],
    ['no part of it', 400, undefined],
    ['an option whose name only begins so', 400, '/poolings'],
    ['what a file has not, though an option asks for it', 422, '/window'],
  ])('lets the other files go on, when the fault is %s', (_, status, pointer) => {
    expect(refusal(status, problem('malformed-request', pointer))).toBeUndefined();
  });

  it('ends the command for a caller or a model that is refused, and says what the gateway says', () => {
    expect(refusal(404, problem('model-not-found', '/model'))).toMatchObject({
      exit: 'failed',
      message: `${detail} (/model: Bad.) (model-not-found)`,
    });
    expect(refusal(401, problem('unauthenticated'))).toMatchObject({ advice: 'Set TESSERA_API_KEY.' });
    expect(refusal(403, problem('url-not-allowed'))).toBeUndefined();
  });
});

describe('failureOf', () => {
  it('gives a file its own fault alone', () => {
    expect(failureOf(problem('unusable-input', '/input/1'), 1)).toEqual({
      code: 'unusable-input',
      detail: 'Bad.',
    });
  });

  it('gives the others the detail, without the numbers of files in a request that the reader did not make', () => {
    expect(failureOf(problem('unusable-input', '/input/1'), 0)).toEqual({ code: 'unusable-input', detail });
  });

  it('keeps faults that concern the whole request', () => {
    expect(failureOf(problem('unusable-input', '/frames'), 0)).toMatchObject({
      message: `${detail} (/frames: Bad.)`,
      errors: [{ pointer: '/frames' }],
    });
  });
});

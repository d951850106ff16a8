import { describe, expect, test, vi } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import type { ErrorCode } from '#src/domain/error-codes.ts';
import { renderFailedItem, reportItems, statusOf } from '#src/http/analysis-reply.ts';
import type { AppDeps } from '#src/http/deps.ts';
import type { ItemResult } from '#src/pipeline/item-result.ts';

const ok = (index: number): ItemResult<string> => ({ index, ok: true, value: 'v' });
const failed = (index: number, code: ErrorCode, retryAfterSeconds?: number): ItemResult<string> => ({
  index,
  ok: false,
  error: new AppError(code, `Detail ${index}.`, {
    cause: `cause ${index}`,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }),
});
const throwsWith = (shape: object) => expect.objectContaining(shape) as Error;

describe('the status of a call', () => {
  test('200 when every item succeeded, 207 when some did', () => {
    expect(statusOf([ok(0), ok(1)])).toBe(200);
    expect(statusOf([ok(0), failed(1, 'internal')])).toBe(207);
    expect(statusOf([])).toBe(200);
  });

  test('a single failed item is the call’s failure, unchanged', () => {
    const item = failed(0, 'undecodable-image');
    expect(() => statusOf([item])).toThrow(item.ok ? undefined : item.error);
  });

  test('a shared reason is the call’s, with a pointer per item', () => {
    expect(() => statusOf([failed(0, 'undecodable-image'), failed(1, 'undecodable-image')])).toThrow(
      throwsWith({
        code: 'undecodable-image',
        faults: [
          { pointer: '/input/0', detail: 'Detail 0.' },
          { pointer: '/input/1', detail: 'Detail 1.' },
        ],
      }),
    );
  });

  test('of mixed reasons the one worth trying again, or of ours, decides; with its retry time', () => {
    expect(() => statusOf([failed(0, 'undecodable-image'), failed(1, 'overloaded', 7)])).toThrow(
      throwsWith({ code: 'overloaded', retryAfterSeconds: 7 }),
    );
    expect(() => statusOf([failed(0, 'undecodable-image'), failed(1, 'internal')])).toThrow(
      throwsWith({ code: 'internal' }),
    );
  });

  test('mixed reasons of the client’s are unusable', () => {
    expect(() => statusOf([failed(0, 'undecodable-image'), failed(1, 'image-too-large')])).toThrow(
      throwsWith({ code: 'unusable-input' }),
    );
  });

  test('the words of an internal error are in no fault', () => {
    try {
      statusOf([failed(0, 'internal'), failed(1, 'internal')]);
      expect.unreachable();
    } catch (thrown) {
      const { faults } = thrown as AppError;
      expect(faults.map(({ detail }) => detail)).toEqual(Array(2).fill('An unexpected error occurred.'));
    }
  });
});

test('a failed item has the words of a problem, but no instance', () => {
  const { error } = failed(3, 'image-too-large') as { error: AppError };
  expect(renderFailedItem(3, error)).toEqual({
    object: 'error',
    index: 3,
    error: {
      type: 'urn:tessera:problem:image-too-large',
      title: 'Too many pixels',
      status: 413,
      detail: 'Detail 3.',
      code: 'image-too-large',
    },
  });
});

describe('reporting', () => {
  const report = (items: readonly ItemResult<string>[]) => {
    const item = vi.fn();
    const error = vi.fn();
    reportItems({ metrics: { item }, log: { error } } as unknown as AppDeps, 'op', 'r-1', items);
    return { counted: item.mock.calls, logged: error.mock.calls };
  };

  test('counts every item by its outcome', () => {
    expect(report([ok(0), failed(1, 'overloaded'), failed(2, 'image-too-large')]).counted).toEqual([
      ['op', 'ok'],
      ['op', 'overloaded'],
      ['op', 'image-too-large'],
    ]);
  });

  test('logs faults of ours beside successes, once per code, with a cause', () => {
    const { logged } = report([ok(0), failed(1, 'internal'), failed(2, 'internal'), failed(3, 'overloaded')]);
    expect(logged).toEqual([
      [{ requestId: 'r-1', code: 'internal', items: 2, err: 'cause 1' }, 'items failed'],
    ]);
  });

  test('leaves a call that failed as a whole to the error handler, and clients’ faults unlogged', () => {
    expect(report([failed(0, 'internal')]).logged).toEqual([]);
    expect(report([ok(0), failed(1, 'undecodable-image')]).logged).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { parseWindow } from '#src/preprocess/parse-window.ts';

const codeOf = (text: string): string => {
  try {
    parseWindow(text);
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe('parseWindow', () => {
  it.each([
    ['full', { kind: 'full' }],
    [' Auto ', { kind: 'auto' }],
    ['2000,1500', { kind: 'linear', center: 2000, width: 1500 }],
    ['-600, 1200.5', { kind: 'linear', center: -600, width: 1200.5 }],
    ['+40,1', { kind: 'linear', center: 40, width: 1 }],
    ['0.5,0.25', { kind: 'linear', center: 0.5, width: 0.25 }],
    ['3000000000,1000', { kind: 'linear', center: 3_000_000_000, width: 1000 }],
    ['1e-5,2', { kind: 'linear', center: 0.00001, width: 2 }],
    ['-1.5E+300 , 4e307', { kind: 'linear', center: -1.5e300, width: 4e307 }],
  ])('reads %j', (text, expected) => expect(parseWindow(text)).toEqual(expected));

  it.each(['dicom', 'lung', 'Bone', 'soft-tissue'])('says that %j needs DICOM', (text) => {
    expect(codeOf(text)).toBe('unusable-input');
    expect(() => parseWindow(text)).toThrow('needs DICOM');
  });

  it.each([
    '',
    'fulll',
    '1',
    '1,2,3',
    '1;2',
    'a,b',
    '1,0',
    '1,-5',
    '1e,1',
    'e3,1',
    '1e3.5,1',
    '0,1e-400',
    '1e308,1',
    '0,1e308',
    '1e999,1',
    'NaN,1',
    'Infinity,1',
    '0x10,5',
  ])('refuses %j as malformed', (text) => expect(codeOf(text)).toBe('malformed-request'));
});

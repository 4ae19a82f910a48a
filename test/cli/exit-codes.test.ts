import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodeOfItems, gravest } from '../../src/cli/exit-codes.ts';
import { TransferError } from '../../src/transfer/errors.ts';

describe('exit codes', () => {
  it.each([
    ['network', 6],
    ['throttled', 6],
    ['server', 1],
    ['unsupported', 1],
    ['denied', 5],
    ['not-found', 4],
    ['precondition', 9],
    ['changed', 7],
    ['corrupt', 7],
    ['disk', 8],
    ['locked', 1],
    ['usage', 2],
  ] as const)('%s ends with %i', (kind, code) => {
    expect(exitCodeOf(new TransferError(kind, 'x'))).toBe(code);
  });
  it('tell a reader that went away from a full disk', () => {
    expect(exitCodeOf(new TransferError('disk', 'x', { code: 'EPIPE' }))).toBe(141);
    expect(exitCodeOf(new TransferError('disk', 'x', { code: 'ENOSPC' }))).toBe(8);
  });
  it('call anything else a mistake of ours', () => {
    expect(exitCodeOf(new TypeError('x'))).toBe(70);
    expect(exitCodeOf('x')).toBe(70);
  });
  it('let the gravest cause speak, the network only when nothing lasting is among them', () => {
    expect(gravest([6, 4])).toBe(4);
    expect(gravest([6, 7, 8])).toBe(7);
    expect(gravest([7, 130])).toBe(130);
    expect(gravest([6])).toBe(6);
    expect(gravest([])).toBe(0);
  });
  it('say 3 when some items failed and their own code when all did', () => {
    expect(exitCodeOfItems(2, [])).toBe(0);
    expect(exitCodeOfItems(2, [4])).toBe(3);
    expect(exitCodeOfItems(0, [4, 4])).toBe(4);
    expect(exitCodeOfItems(2, [130])).toBe(130);
  });
});

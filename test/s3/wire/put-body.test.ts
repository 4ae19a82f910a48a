import { describe, expect, it } from 'vitest';
import { bodyWriter } from '../../../src/s3/wire/put-body.ts';

const KIB = 1024;
const MIB = 1024 ** 2;

/** The sizes of the pieces in which 8 MiB are handed over, where taking each costs so many milliseconds. */
async function piecesOf(
  costOf: (at: number) => number,
  { most = MIB, pieceBytes }: { readonly most?: number; readonly pieceBytes?: number } = {},
): Promise<number[]> {
  const bytes = new Uint8Array(8 * MIB);
  const body = {
    size: bytes.byteLength,
    sums: {},
    async *open() {
      yield bytes;
    },
  };
  let now = 0;
  const sizes: number[] = [];
  const totals: number[] = [];
  const throttle = pieceBytes === undefined ? undefined : { pieceBytes, pass: async () => undefined };
  const how = { signal: new AbortController().signal, throttle };
  const signs = { alive: () => undefined, pause: () => undefined };
  const write = bodyWriter(
    body,
    (total) => totals.push(total),
    how,
    signs,
    () => now,
  );
  const isAll = await write(async (piece) => {
    now += costOf(sizes.length);
    sizes.push(piece.byteLength);
    return true;
  }, most);
  expect(isAll).toBe(true);
  expect(totals.at(-1)).toBe(bytes.byteLength);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(bytes.byteLength);
  return sizes;
}

describe('the body of a request', () => {
  it('goes out in larger and larger pieces while they are taken at once', async () => {
    const sizes = await piecesOf(() => 1);
    expect(sizes.slice(0, 4)).toEqual([256 * KIB, 512 * KIB, MIB, MIB]);
    expect(Math.max(...sizes)).toBe(MIB);
  });

  it('goes out in small ones on a slow line, so that each is a sign of life', async () => {
    expect(new Set(await piecesOf(() => 500))).toEqual(new Set([256 * KIB]));
  });

  it('goes out in small ones again once the line gets slow', async () => {
    const sizes = await piecesOf((at) => (at < 4 ? 1 : 500));
    expect(sizes.slice(0, 7)).toEqual([256 * KIB, 512 * KIB, MIB, MIB, MIB, 256 * KIB, 256 * KIB]);
  });

  it.each([
    ['the connection', 256 * KIB, { most: 256 * KIB }],
    ['a limit of bandwidth', 100 * KIB, { pieceBytes: 100 * KIB }],
  ])('goes out in no larger ones than %s wants', async (_, largest, limits) => {
    expect(Math.max(...(await piecesOf(() => 1, limits)))).toBe(largest);
  });
});

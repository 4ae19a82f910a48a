/** The reflected polynomial 0x9a6c9329ac4bc9b5 (NVM Express, the checksum that S3 calls CRC64NVME) in two halves. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;
/** Bytes taken in one step: a table for each. */
const STEP = 8;

/** What a byte becomes that still has so many bytes of its step behind it: `table[distance * 256 + byte]`. */
type Tables = { readonly high: Uint32Array; readonly low: Uint32Array };

let tables: Tables | undefined;

function buildTables(): Tables {
  const high = new Uint32Array(STEP * 256);
  const low = new Uint32Array(STEP * 256);
  for (let byte = 0; byte < 256; byte++) {
    let h = 0;
    let l = byte;
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (carry) {
        h ^= POLYNOMIAL_HIGH;
        l ^= POLYNOMIAL_LOW;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let at = 256; at < STEP * 256; at++) {
    const h = high[at - 256] ?? 0;
    const l = low[at - 256] ?? 0;
    const byte = l & 0xff;
    high[at] = (h >>> 8) ^ (high[byte] ?? 0);
    low[at] = ((l >>> 8) | (h << 24)) ^ (low[byte] ?? 0);
  }
  return { high, low };
}

/** A running CRC-64/NVME. No native one comes prebuilt (ADR 0007), so eight bytes a step by table. */
export type Crc64 = { update(bytes: Uint8Array): void; hex(): string };

/** Starts one. */
export function startCrc64Nvme(): Crc64 {
  const { high: H, low: L } = (tables ??= buildTables());
  let high = -1;
  let low = -1;
  return {
    update(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const whole = bytes.byteLength - (bytes.byteLength % STEP);
      let h = high;
      let l = low;
      let at = 0;
      for (; at < whole; at += STEP) {
        l ^= view.getInt32(at, true);
        h ^= view.getInt32(at + 4, true);
        const a = 1792 + (l & 0xff);
        const b = 1536 + ((l >>> 8) & 0xff);
        const c = 1280 + ((l >>> 16) & 0xff);
        const d = 1024 + (l >>> 24);
        const e = 768 + (h & 0xff);
        const f = 512 + ((h >>> 8) & 0xff);
        const g = 256 + ((h >>> 16) & 0xff);
        const i = h >>> 24;
        h = at8(H, a, b, c, d, e, f, g, i);
        l = at8(L, a, b, c, d, e, f, g, i);
      }
      for (; at < bytes.byteLength; at++) {
        const byte = (l ^ view.getUint8(at)) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ (L[byte] ?? 0);
        h = (h >>> 8) ^ (H[byte] ?? 0);
      }
      high = h;
      low = l;
    },
    hex: () => hexOf(~high) + hexOf(~low),
  };
}

/** The entries of one table for each byte of a step; V8 inlines this. */
function at8(
  table: Uint32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  i: number,
): number {
  const first = (table[a] ?? 0) ^ (table[b] ?? 0) ^ (table[c] ?? 0) ^ (table[d] ?? 0);
  return first ^ (table[e] ?? 0) ^ (table[f] ?? 0) ^ (table[g] ?? 0) ^ (table[i] ?? 0);
}

function hexOf(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}

// The reflected polynomial 0x9a6c9329ac4bc9b5 in two halves: a 64-bit register in plain numbers needs no BigInt.
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

interface Table {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

let table: Table | undefined;

/** A CRC-64/NVME being computed. */
export interface Crc64 {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

/** Starts a CRC-64/NVME (the AWS name is CRC64NVME). */
export function startCrc64Nvme(): Crc64 {
  table ??= buildTable();
  const { high: tableHigh, low: tableLow } = table;
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (chunk) => {
      for (const byte of chunk) {
        const index = (low ^ byte) & 0xff;
        low = (((low >>> 8) | (high << 24)) ^ (tableLow[index] ?? 0)) >>> 0;
        high = ((high >>> 8) ^ (tableHigh[index] ?? 0)) >>> 0;
      }
    },
    digest: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes;
    },
  };
}

function buildTable(): Table {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let index = 0; index < 256; index++) {
    let h = 0;
    let l = index;
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1;
      l = ((l >>> 1) | (h << 31)) >>> 0;
      h >>>= 1;
      if (carry === 1) {
        h = (h ^ POLYNOMIAL_HIGH) >>> 0;
        l = (l ^ POLYNOMIAL_LOW) >>> 0;
      }
    }
    high[index] = h;
    low[index] = l;
  }
  return { high, low };
}

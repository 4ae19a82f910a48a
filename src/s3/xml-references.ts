const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));|&/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * The text with its references resolved. `other` decides about numeric ones, by their code, and about an ampersand that
 * begins none (`undefined`); it is given what stands there.
 */
export function resolveReferences(
  raw: string,
  other: (code: number | undefined, written: string) => string,
): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(REFERENCE, (written, hex?: string, decimal?: string, named?: string) => {
    if (named !== undefined) return NAMED[named] ?? '';
    if (hex !== undefined) return other(Number.parseInt(hex, 16), written);
    return other(decimal === undefined ? undefined : Number(decimal), written);
  });
}

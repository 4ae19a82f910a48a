import type { FileAttributes } from '../transfer/file-attributes.ts';

const NS_PER_SECOND = 1_000_000_000n;
/** Never setuid, setgid or sticky: metadata is anybody's who may write the object. */
const PERMISSIONS = 0o777;

/** Attributes as metadata: `mtime` in seconds, as rclone writes it, and `mode` in octal. */
export function metadataOf({ mtimeNs, mode }: FileAttributes): Map<string, string> {
  const metadata = new Map<string, string>();
  if (mtimeNs !== undefined) {
    const rest = ((mtimeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
    metadata.set('mtime', `${(mtimeNs - rest) / NS_PER_SECOND}.${String(rest).padStart(9, '0')}`);
  }
  if (mode !== undefined) metadata.set('mode', (mode & PERMISSIONS).toString(8).padStart(4, '0'));
  return metadata;
}

/** The attributes that metadata holds; what makes no sense is left out. */
export function attributesOf(metadata: ReadonlyMap<string, string> = new Map()): FileAttributes {
  const [, seconds, fraction = ''] = /^(-?\d{1,12})(?:\.(\d{1,9}))?$/.exec(metadata.get('mtime') ?? '') ?? [];
  return {
    mtimeNs:
      seconds === undefined ? undefined : BigInt(seconds) * NS_PER_SECOND + BigInt(fraction.padEnd(9, '0')),
    mode: modeOf(metadata.get('mode') ?? ''),
  };
}

/** A regular file, in the mode that stat(2) gives: 0100000. */
const REGULAR = 0o100000;

/**
 * Permission bits as tools write them: octal with a leading 0 or of three or four digits (`0644`, `644`, `1755`), octal
 * with the type of a regular file (`100644`: rclone), or the same in decimal (`33188`: s3fs). Anything else is none: read
 * as octal, s3fs's 0600 would let everybody write.
 */
function modeOf(text: string): number | undefined {
  if (/^(?:0[0-7]{1,6}|[0-7]{3,4}|100[0-7]{3})$/.test(text)) return Number.parseInt(text, 8) & PERMISSIONS;
  const mode = /^\d{5}$/.test(text) ? Number(text) : Number.NaN;
  return mode >= REGULAR && mode <= (REGULAR | 0o7777) ? mode & PERMISSIONS : undefined;
}

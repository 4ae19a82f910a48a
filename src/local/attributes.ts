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
  const mode = /^[0-7]{3,7}$/.exec(metadata.get('mode') ?? '')?.[0];
  return {
    mtimeNs:
      seconds === undefined ? undefined : BigInt(seconds) * NS_PER_SECOND + BigInt(fraction.padEnd(9, '0')),
    mode: mode === undefined ? undefined : Number.parseInt(mode, 8) & PERMISSIONS,
  };
}

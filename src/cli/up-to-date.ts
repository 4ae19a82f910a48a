import { attributesOf } from '../local/attributes.ts';
import { compareSource } from '../transfer/compare-source.ts';
import type { Engine } from '../transfer/engine.ts';
import { TransferError } from '../transfer/errors.ts';
import type { Direction } from '../transfer/events.ts';
import { findObject } from '../transfer/find-object.ts';
import type { FileAttributes } from '../transfer/file-attributes.ts';
import type { Source } from '../transfer/ends.ts';
import type { ObjectInfo, ObjectLocation } from '../transfer/ports.ts';
import type { CompareFlags } from './compare-flags.ts';

const NS_PER_MS = 1_000_000;

type FileSource = Source & { readonly attributes: FileAttributes };

/** Why a file need not be moved; `undefined` when it must be. The object may be there or not. */
export async function whyUpToDate(
  engine: Engine,
  source: FileSource,
  object: ObjectLocation,
  flags: CompareFlags,
  options: {
    readonly direction: Direction;
    readonly signal: AbortSignal;
    /** Called when the object is there. */
    readonly onFound?: () => void;
  },
): Promise<string | undefined> {
  if (!flags.update && !flags.compare) return undefined;
  const info = await findObject(engine, object, options.signal);
  if (!info || info === 'unknown') return undefined;
  options.onFound?.();
  if (info.size !== source.size) return undefined;
  if (flags.update && isNotOlder(info, source.attributes, options.direction)) return 'up to date';
  if (flags.compare && (await isSame(engine, source, object, options))) return 'the same content';
  return undefined;
}

/** The target is as new as what would replace it, or carries the very time of it. */
function isNotOlder(info: ObjectInfo, { mtimeNs = 0n }: FileAttributes, direction: Direction): boolean {
  const noted = attributesOf(info.headers?.metadata).mtimeNs;
  // Files are given their time with less than nanoseconds.
  if (noted !== undefined && Math.abs(Number(noted - mtimeNs)) < NS_PER_MS) return true;
  if (!info.lastModified) return false;
  // Servers tell whole seconds.
  const fileTime = Math.floor(Number(mtimeNs / 1_000_000n) / 1000);
  const objectTime = Math.floor(info.lastModified.getTime() / 1000);
  return direction === 'put' ? objectTime >= fileTime : fileTime >= objectTime;
}

async function isSame(
  engine: Engine,
  source: Source,
  object: ObjectLocation,
  options: { readonly direction: Direction; readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    await compareSource(engine, source, object, options);
    return true;
  } catch (error) {
    // Another content, or nothing that tells: it is moved.
    if (error instanceof TransferError && error.kind === 'corrupt') return false;
    throw error;
  }
}

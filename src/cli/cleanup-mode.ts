import { TransferError } from '../transfer/errors.ts';
import type { StateFlags } from './flags.ts';
import { type Location, parseObject } from './locations.ts';

export type CleanupFlags = StateFlags & {
  readonly olderThan?: number;
  readonly byStart?: boolean;
  readonly allBuckets?: boolean;
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly force?: boolean;
  readonly metricsFile?: string;
  readonly local?: boolean;
  readonly installRule?: boolean;
  readonly days?: number;
  readonly checkRule?: boolean;
};

type ObjectLocation = Extract<Location, { type: 'object' }>;

/** What a run of cleanup is about. */
export type CleanupMode =
  | { readonly type: 'uploads'; readonly location: ObjectLocation | undefined }
  | { readonly type: 'local'; readonly directories: readonly string[] }
  | { readonly type: 'install-rule' | 'check-rule'; readonly location: ObjectLocation };

const HOUR_MS = 3_600_000;

const NAMES = {
  olderThan: '--older-than',
  byStart: '--by-start',
  allBuckets: '--all-buckets',
  dryRun: '--dry-run',
  check: '--check',
  force: '--force',
  metricsFile: '--metrics-file',
  local: '--local',
  installRule: '--install-rule',
  days: '--days',
  checkRule: '--check-rule',
} as const;

type Name = keyof typeof NAMES;

/** The flags that make sense beside the one that chooses a mode. */
const BESIDE: Readonly<Record<'local' | 'installRule' | 'checkRule', readonly Name[]>> = {
  local: ['dryRun'],
  installRule: ['days', 'dryRun'],
  checkRule: [],
};

function usage(message: string, hint?: string): TransferError {
  return new TransferError('usage', message, { hint });
}

/**
 * Reads words and flags as one of the things cleanup can do.
 * @throws TransferError `usage`
 */
export function cleanupMode(words: readonly string[], flags: CleanupFlags): CleanupMode {
  const chosen = (['local', 'installRule', 'checkRule'] as const).find((name) => flags[name]);
  if (chosen === undefined) return uploadsMode(words, flags);
  const allowed: readonly Name[] = [chosen, ...BESIDE[chosen]];
  for (const [name, flag] of Object.entries(NAMES)) {
    if (Object.hasOwn(flags, name) && !allowed.some((one) => one === name))
      throw usage(`${NAMES[chosen]} and ${flag} contradict each other`);
  }
  if (chosen === 'local') return { type: 'local', directories: words.map(directoryOf) };
  const location = oneLocation(words, NAMES[chosen]);
  if (location.key !== '' && !location.key.endsWith('/')) {
    throw usage(
      'a lifecycle rule is about all keys that begin with a prefix',
      `Write s3://${location.bucket}/${location.key}/ or the bucket.`,
    );
  }
  return { type: chosen === 'installRule' ? 'install-rule' : 'check-rule', location };
}

function uploadsMode(words: readonly string[], flags: CleanupFlags): CleanupMode {
  if (flags.days !== undefined) throw usage('--days belongs to --install-rule');
  if (flags.allBuckets && words.length > 0) throw usage('--all-buckets and a location contradict each other');
  if (!flags.allBuckets && words.length === 0)
    throw usage('cleanup needs a location', 'Write s3://bucket or s3://bucket/prefix/, or --all-buckets.');
  const location = flags.allBuckets ? undefined : oneLocation(words, 'cleanup');
  if (flags.olderThan === undefined)
    throw usage('--older-than is required', 'How long ago something last happened: --older-than 7d');
  if (flags.olderThan < HOUR_MS && !flags.force) {
    throw usage('ages under one hour may hit uploads that are running', 'If it is meant, add --force.');
  }
  return { type: 'uploads', location };
}

function oneLocation(words: readonly string[], who: string): ObjectLocation {
  if (words.length !== 1) throw usage(`${who} takes one location`);
  return parseObject(words[0] ?? '', undefined);
}

function directoryOf(word: string): string {
  if (/^s3:\/\//i.test(word)) throw usage(`--local is about this machine; ${word} is not on it`);
  if (word === '') throw usage('an empty word is no directory; is a variable not set?');
  return word;
}

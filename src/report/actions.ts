import { escapeJson } from './escape-json.ts';
import { redact } from './redact.ts';
import { safeText } from './safe-text.ts';
import { formatBytes, formatCount } from './units.ts';

/** What was done, or would be done, with an unfinished upload. */
export type UploadAction = {
  readonly action: 'aborted' | 'would-abort' | 'kept' | 'gone' | 'failed';
  readonly reason: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date | undefined;
  readonly lastActivity: Date | undefined;
  readonly parts: number | null;
  readonly bytes: number | null;
};

const WORDS: Readonly<Record<UploadAction['action'], string>> = {
  aborted: 'aborted',
  'would-abort': 'would abort',
  kept: 'kept',
  gone: 'already gone',
  failed: 'FAILED',
};

/** One line for people: what, why, how old, how large, which. */
export function describeAction(upload: UploadAction, bucket: string): string {
  const { action, reason, key, uploadId, parts, bytes } = upload;
  const size =
    parts === null
      ? 'parts unknown'
      : `${formatCount(parts)} ${parts === 1 ? 'part' : 'parts'}, ${formatBytes(bytes)}`;
  const active = upload.lastActivity
    ? `last active ${upload.lastActivity.toISOString().replace(/\.\d+Z$/, 'Z')}`
    : 'last activity unknown';
  const words = [
    `${WORDS[action]}: s3://${safeText(bucket)}/${safeText(key)}`,
    `upload ${safeText(uploadId)}`,
    active,
    size,
  ];
  return [...words, ...(reason ? [safeText(redact(reason))] : [])].join('  ');
}

/** One line for programs: every key is always there. */
export function encodeAction(upload: UploadAction): string {
  const { action, reason, key, uploadId, initiated, lastActivity, parts, bytes } = upload;
  return escapeJson({
    type: 'upload',
    action,
    reason: redact(reason),
    key,
    uploadId,
    initiated: isoOf(initiated),
    lastActivity: isoOf(lastActivity),
    parts,
    bytes,
  });
}

function isoOf(date: Date | undefined): string | null {
  return date === undefined || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

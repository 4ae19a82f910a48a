import { escapeJson } from './escape-json.ts';
import { safeText } from './safe-text.ts';
import { formatBytes } from './units.ts';

/** A file that a transfer left on this machine. */
export type LeftoverFile = {
  readonly path: string;
  readonly kind: 'journal' | 'partial';
  readonly bytes: number;
  readonly lastActivity: Date;
};

/** What becomes of it; `kept`: a transfer took it up meanwhile. */
export type LeftoverAction = 'removed' | 'would-remove' | 'kept' | 'failed';

/** One line for people. */
export function describeLeftover(file: LeftoverFile, action: LeftoverAction): string {
  const since = file.lastActivity.toISOString().replace(/\.\d+Z$/, 'Z');
  return `${action === 'failed' ? 'FAILED' : action.replace('-', ' ')}: ${safeText(file.path)}  ${file.kind}  last active ${since}  ${formatBytes(file.bytes)}`;
}

/** One line for programs. */
export function encodeLeftover(file: LeftoverFile, action: LeftoverAction): string {
  const { path, kind, bytes } = file;
  return escapeJson({
    type: 'file',
    action,
    kind,
    path,
    lastActivity: file.lastActivity.toISOString(),
    bytes,
  });
}

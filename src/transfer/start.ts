import type { ObjectOptions } from './object-options.ts';
import type { Plan, PlanOptions } from './plan.ts';
import type { UnfinishedUpload, UploadHandle } from './ports.ts';
import type { SentPart } from './send-parts.ts';
import type { Settled } from './settle.ts';

/** When an upload that was begun before is taken up: any that verifies, only this machine's own, or none. */
export type ResumePolicy = 'auto' | 'own' | 'never';

/** Finds unfinished uploads of one key. */
export type FindUploads = (key: string, signal: AbortSignal) => Promise<readonly UnfinishedUpload[]>;

export type StartOptions = {
  readonly resume: ResumePolicy;
  /** An upload that is taken up because the caller says so. */
  readonly uploadId?: string | undefined;
  /** The part size that was asked for; an upload of another one is not taken up. */
  readonly partSize?: number | undefined;
  /** What parts may be. */
  readonly limits: Pick<PlanOptions, 'maxParts' | 'minPartSize'>;
  /** A digest of the options that shape the object. */
  readonly shape: string;
  /** How the object is to be stored. */
  readonly object: ObjectOptions;
  readonly findUploads: FindUploads;
};

/** Where a put begins. */
export type Start =
  | { readonly type: 'fresh'; readonly plan: Plan; readonly because: string | null }
  | {
      readonly type: 'resumed';
      readonly plan: Plan;
      readonly handle: UploadHandle;
      /** Parts that are there and whose bytes are the local ones. */
      readonly done: readonly SentPart[];
      /** Begun by this machine for this very command: its headers need no second look. */
      readonly isOwn: boolean;
      /** The upload combines part checksums into one of the whole object. */
      readonly isFullObject: boolean;
    }
  /** An earlier run had completed it; only its end was never seen. */
  | { readonly type: 'finished'; readonly plan: Plan; readonly settled: Settled };

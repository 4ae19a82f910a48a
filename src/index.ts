export { createEngine, type Engine } from './transfer/engine.ts';
export { type ErrorKind, type Recovery, TransferError } from './transfer/errors.ts';
export type { Direction, Emit, TransferEvent } from './transfer/events.ts';
export { inParallel } from './transfer/parallel.ts';
export { type Part, type Plan, type PlanOptions, planParts } from './transfer/plan.ts';
export type {
  Algorithm,
  BucketInfo,
  CutStream,
  Hasher,
  ListedEntry,
  ObjectInfo,
  ObjectLocation,
  PartBody,
  Receipt,
  Sink,
  Source,
  Store,
  StreamSource,
  Sums,
  UnfinishedUpload,
  UploadHandle,
  Verified,
} from './transfer/ports.ts';
export type { TransferResult } from './transfer/result.ts';
export { type Run, type RunOptions, startRun } from './transfer/run.ts';
export { download, type DownloadOptions } from './transfer/download.ts';
export { upload, type UploadOptions } from './transfer/upload.ts';
export { uploadStream, type UploadStreamOptions } from './transfer/upload-stream.ts';
export { UploadStoppedError } from './transfer/tidy-up.ts';

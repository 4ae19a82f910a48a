export { connect, type ConnectedEngine, type ConnectOptions } from './connect.ts';
export { fileJournal, type FileJournalOptions } from './local/file-journal.ts';
export { fileSink } from './local/file-sink.ts';
export { openFile } from './local/file-source.ts';
export { hasher } from './local/hash.ts';
export { bytesSink, bytesSource, streamSource } from './local/memory.ts';
export { streamSink } from './local/stream-sink.ts';
export { discardUpload } from './transfer/discard.ts';
export { createEngine, type Engine } from './transfer/engine.ts';
export { type ErrorKind, type Recovery, TransferError } from './transfer/errors.ts';
export type { Direction, Emit, TransferEvent } from './transfer/events.ts';
export type {
  Journal,
  JournalEntry,
  JournalPage,
  RememberedPart,
  RememberedTransfer,
} from './transfer/journal.ts';
export {
  listBuckets,
  listObjects,
  listParts,
  listUploads,
  listVersions,
  type ListingOptions,
  type ObjectListingOptions,
} from './transfer/list.ts';
export type { CutStream } from './transfer/cut-stream.ts';
export type { ObjectHeaders, ObjectOptions } from './transfer/object-options.ts';
export { type Part, type Plan, type PlanOptions, planParts } from './transfer/plan.ts';
export type { Partials, Sink, Source, StreamSource } from './transfer/ends.ts';
export type {
  Algorithm,
  BucketInfo,
  Hasher,
  ListedEntry,
  ListedVersion,
  ObjectInfo,
  ObjectLocation,
  PartBody,
  Receipt,
  Store,
  Sums,
  Throttle,
  UnfinishedUpload,
  UploadHandle,
  Verified,
} from './transfer/ports.ts';
export type { TransferResult } from './transfer/result.ts';
export { type Run, type RunOptions, startRun } from './transfer/run.ts';
export {
  download,
  type DownloadOptions,
  DownloadStoppedError,
  type KeptPartial,
} from './transfer/download.ts';
export { compareSource } from './transfer/compare-source.ts';
export { findObject } from './transfer/find-object.ts';
export { upload, type UploadOptions } from './transfer/upload.ts';
export { uploadStream, type UploadStreamOptions } from './transfer/upload-stream.ts';
export { UploadStoppedError } from './transfer/tidy-up.ts';
export { type InspectedUpload, inspectUpload } from './transfer/unfinished.ts';
export { hasLifecycle, type Lifecycle, type WithLifecycle } from './s3/lifecycle.ts';
export { type AbortRule, hasOurRule, ruleFor, withOurRule } from './s3/lifecycle-rules.ts';
export { findLeftovers, type Leftover, removeLeftover } from './local/leftovers.ts';

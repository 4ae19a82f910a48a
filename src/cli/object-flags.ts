import { type Command, Option } from 'commander';
import { TransferError } from '../transfer/errors.ts';
import { ofFlag } from './values.ts';

/** What put understands of how an object is stored beside its bytes. */
export type ObjectFlags = {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly expires?: Date;
  readonly metadata?: ReadonlyMap<string, string>;
  readonly tag?: ReadonlyMap<string, string>;
  readonly acl?: string;
  readonly storageClass?: string;
  readonly sse?: 'AES256' | 'aws:kms';
  readonly sseKmsKeyId?: string;
  readonly sseCKey?: string;
  readonly sseCOverHttp?: boolean;
  /** `false` by --no-overwrite. */
  readonly overwrite?: boolean;
  readonly ifMatch?: string;
};

/** docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const ACLS = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
];

/** Declares how an object is stored beside its bytes. */
export function addObjectFlags(command: Command): Command {
  return addCustomerKeyFlag(command)
    .option('--content-type <type>', 'default: by the name, from a table that is the same everywhere')
    .option('--cache-control <text>', 'header of the object')
    .option('--content-encoding <text>', 'header of the object; the bytes are stored as they are')
    .option('--content-disposition <text>', 'header of the object')
    .option('--content-language <text>', 'header of the object')
    .option('--expires <time>', 'header of the object: an ISO or HTTP date', ofFlag('--expires', parseDate))
    .option(
      '--metadata <k=v>',
      'metadata; may be repeated',
      ofPairs('--metadata', (name) => name.toLowerCase()),
    )
    .option(
      '--tag <k=v>',
      'a tag; may be repeated',
      ofPairs('--tag', (name) => name),
    )
    .addOption(new Option('--acl <name>', 'canned ACL').choices(ACLS))
    .option('--storage-class <name>', 'such as STANDARD_IA or GLACIER', (name: string) => name.toUpperCase())
    .addOption(new Option('--sse <how>', 'encryption by the service').choices(['AES256', 'aws:kms']))
    .option('--sse-kms-key-id <id>', 'the key of --sse aws:kms')
    .option('--no-overwrite', 'only where no object is (exit 9, or skipped among several)')
    .option('--if-match <etag>', 'only over the object with this ETag (exit 9)', unquoted);
}

/** Declares the key that put and get share. */
export function addCustomerKeyFlag(command: Command): Command {
  return command
    .option('--sse-c-key <file>', 'encrypt with this key of 32 bytes, which the service does not keep')
    .option('--sse-c-over-http', 'send that key even over plain http, readable by anyone on the way');
}

/** An ETag may be given with its quotes or without. */
export function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

/** @throws TransferError `usage` */
function parseDate(text: string): Date {
  // Without a zone it is UTC, as in every other time that is given.
  const date = new Date(/T[\d:.]+$/i.test(text) ? `${text}Z` : text);
  if (Number.isNaN(date.getTime()))
    throw new TransferError('usage', `"${text}" is not a time; write it like 2027-01-31T12:00:00Z`);
  return date;
}

type Pairs = ReadonlyMap<string, string>;

/** Gathers `k=v`; the first `=` parts them. */
function ofPairs(flag: string, nameOf: (written: string) => string): (text: string, before?: Pairs) => Pairs {
  return (text, before = new Map()) => {
    const at = text.indexOf('=');
    if (at < 1) throw new TransferError('usage', `${flag}: "${text}" is not of the form name=value`);
    const name = nameOf(text.slice(0, at));
    if (before.has(name)) throw new TransferError('usage', `${flag}: ${name} is given twice`);
    if (flag === '--metadata' && !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      throw new TransferError('usage', `${flag}: "${name}" cannot be the name of a header`);
    return new Map(before).set(name, text.slice(at + 1));
  };
}

function refuse(a: string, b: string): TransferError {
  return new TransferError('usage', `${a} and ${b} contradict each other`);
}

/** @throws TransferError `usage` before anything is done */
export function checkObjectFlags({ sse, sseKmsKeyId, sseCKey, overwrite, ifMatch }: ObjectFlags): void {
  if (sse === 'AES256' && sseKmsKeyId !== undefined) throw refuse('--sse AES256', '--sse-kms-key-id');
  if (sseCKey !== undefined && (sse ?? sseKmsKeyId) !== undefined) throw refuse('--sse-c-key', '--sse');
  if (overwrite === false && ifMatch !== undefined) throw refuse('--no-overwrite', '--if-match');
}

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { candidatesFor } from '../src/cli/candidates.ts';
import { parseRange } from '../src/cli/get-flags.ts';
import { isBucketName, lastSegment, parseLocation } from '../src/cli/locations.ts';
import { unquoted } from '../src/cli/object-flags.ts';
import { buildProgram } from '../src/cli/program.ts';
import { listedFiles } from '../src/cli/put-list.ts';
import { parseCount, parseDuration, parseMoment, parseRate, parseSize } from '../src/cli/values.ts';
import { attributesOf } from '../src/local/attributes.ts';
import { globFilter } from '../src/local/glob.ts';
import { parsePage } from '../src/local/journal-page.ts';
import { pathOfKey } from '../src/local/key-path.ts';
import { readPaths } from '../src/local/path-list.ts';
import { lastSuccessIn } from '../src/report/metrics.ts';
import { redact } from '../src/report/redact.ts';
import { cutText, padText } from '../src/report/width.ts';
import { resolveConnection } from '../src/s3/connection.ts';
import { unquote } from '../src/s3/encoding.ts';
import { parseEndpoint } from '../src/s3/endpoint.ts';
import { kindOfHost } from '../src/s3/hosts.ts';
import { decodeHeader, encodeHeader } from '../src/s3/rfc2047.ts';
import { addressesOf, encodeKey } from '../src/s3/wire/address.ts';
import { everyOutput } from './support/every-output.ts';

const program = buildProgram(async () => undefined, '0.0.0');
const glob = globFilter([
  { include: false, glob: '*-*_*.*:*#*/**/*a*b' },
  { include: true, glob: '{*a,*\\/}{*=,*?}[!a-z]*.log' },
]);
/** The address of an object at an endpoint whose path is foreign. */
function addressBehind(path: string): unknown {
  const flags = { endpointUrl: `http://x/${path}`, addressingStyle: 'path' } as const;
  const found = resolveConnection(flags, { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' }, new Map());
  return addressesOf(found)('bucket', path, found.region);
}

/** What reads or writes a text of others: a key, a name of a file, an answer of a server, a file of settings. */
const FUNCTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  addressBehind,
  attributesOf: (text) =>
    attributesOf(
      new Map([
        ['mtime', text],
        ['mode', text],
      ]),
    ),
  candidatesFor: (text) => candidatesFor(program, ['ls', text]),
  cutText: (text) => cutText(text, 80),
  decodeHeader,
  encodeHeader,
  encodeKey,
  glob,
  isBucketName,
  kindOfHost,
  lastSegment,
  lastSuccessIn,
  padText: (text) => padText(text, 80),
  parseCount,
  parseDuration,
  parseEndpoint,
  parseLocation,
  parseMoment,
  parsePage,
  parseRange,
  parseRate,
  parseSize,
  pathOfKey: (text) => [pathOfKey(text, 'linux'), pathOfKey(text, 'win32')],
  redact: (text) => redact(text, ['a-literal-secret']),
  unquote,
  unquoted,
};

const PIECES = [
  '/ // . ./ - -- = : :: ?= =?utf-8?q? " \\ \' a 1 1T1 1.1 a. s3. s3:// T1: # ## ##a [ { * :// ://a@'.split(
    ' ',
  ),
  ['authorization:', 'signature="', '<SessionToken', '&amp;', ' ', '?= ', '\n', '\r', '\r\n'],
  ['\u202e', '\ud800', '😀', 'é'],
].flat();

/** Once alone, once behind something, and once before what makes an expression go back. */
const textsOf = (piece: string, length: number): string[] => {
  const long = piece.repeat(Math.floor(length / piece.length));
  return [long, `s3://b/${long}`, `${long}\u0000x`, `x${long}x`];
};

/** A quadratic function would be busy for minutes, which the limit of the test notices. */
describe('a text of 200,000 characters', () => {
  it.each(Object.entries(FUNCTIONS))('is no burden to %s', (_, read) => {
    for (const text of PIECES.flatMap((piece) => textsOf(piece, 200_000))) {
      try {
        read(text);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
  });

  it.each(PIECES)('of %j is no burden to what prints', async (piece) => {
    for (const text of textsOf(piece, 10_000)) expect((await everyOutput(text)).json).not.toEqual([]);
  });
});

describe('a list of files', () => {
  const { signal } = new AbortController();
  it.each(PIECES)('may hold paths of %j', async (piece) => {
    const stream = new PassThrough();
    for (const text of textsOf(piece, 60_000)) stream.write(`${text}\0`);
    stream.end();
    const paths = readPaths(stream, { separator: '\0', signal });
    const files = await listedFiles(paths, { base: undefined, prefix: '' }, () => false);
    expect(await files.next()).toMatchObject({ done: true });
  });
});

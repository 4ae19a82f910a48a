import { describe, expect, it } from 'vitest';
import { lastSegment, liesUnder, parseLocation, splitGet, splitPut } from '../../src/cli/locations.ts';

const bucket = { name: 'b', from: 'BUCKET_NAME' };
const usage = expect.objectContaining({ kind: 'usage' });

describe('a location', () => {
  it.each([
    ['s3://b/k', { type: 'object', bucket: 'b', key: 'k' }],
    ['s3://b', { type: 'object', bucket: 'b', key: '' }],
    ['s3://b/a//b', { type: 'object', bucket: 'b', key: 'a//b' }],
    ['S3://b/ä b', { type: 'object', bucket: 'b', key: 'ä b' }],
    ['-', { type: 'stdio' }],
    ['./-', { type: 'file', path: './-' }],
    ['a/b', { type: 'file', path: 'a/b' }],
  ])('%s is read', (word, location) => {
    expect(parseLocation(word)).toEqual(location);
  });
  it.each(['s3://', 's3:///x', 's3://b//', 's3://b/p//', '', 's3://-b/x', 'https://s3.example.com/b/k'])(
    '"%s" is refused',
    (word) => {
      expect(() => parseLocation(word)).toThrow(usage);
    },
  );
  it('never shows the password of a web address', () => {
    expect(() => parseLocation('https://user:hunter2@host/b')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
  });
});

describe('the words of put', () => {
  it('end with the target when it is an S3 location', () => {
    expect(splitPut(['a', 'b', 's3://x/p/'], bucket)).toEqual({
      sources: [
        { type: 'file', path: 'a' },
        { type: 'file', path: 'b' },
      ],
      target: { type: 'object', bucket: 'x', key: 'p/' },
      assumed: false,
    });
  });
  it('are all sources for the root of the default bucket otherwise', () => {
    expect(splitPut(['a'], bucket)).toMatchObject({ target: { bucket: 'b', key: '' }, assumed: true });
  });
  it.each([[['a']], [['s3://b/k']], [['s3://b/k', 's3://b/l']], [['-', '-', 's3://b/k']]])(
    '%j says too little without a default bucket',
    (words) => {
      expect(() => splitPut(words, undefined)).toThrow(usage);
    },
  );
});

describe('the words of get', () => {
  it('end with the local target from two words on', () => {
    expect(splitGet(['s3://b/k', 'out'], undefined)).toMatchObject({
      sources: [{ key: 'k' }],
      target: { type: 'file', path: 'out' },
    });
    expect(splitGet(['s3://b/k', 's3://b/l', '-'], undefined)).toMatchObject({
      sources: [{ key: 'k' }, { key: 'l' }],
      target: { type: 'stdio' },
    });
  });
  it('go to the current directory when the last is an S3 location too', () => {
    expect(splitGet(['s3://b/k'], undefined).target).toEqual({ type: 'file', path: '.' });
    expect(splitGet(['s3://b/k', 's3://b/l'], undefined)).toMatchObject({
      sources: [{ key: 'k' }, { key: 'l' }],
      target: { path: '.' },
    });
  });
  it('are keys of the default bucket where they are bare', () => {
    expect(splitGet(['file.txt'], bucket)).toMatchObject({
      sources: [{ bucket: 'b', key: 'file.txt' }],
      target: { path: '.' },
    });
    expect(() => splitGet(['file.txt'], undefined)).toThrow(usage);
  });
});

describe('a prefix', () => {
  it('without a slash is that key and what lies under it', () => {
    expect(liesUnder('logs', 'logs')).toBe(true);
    expect(liesUnder('logs/a', 'logs')).toBe(true);
    expect(liesUnder('logs-prod/a', 'logs')).toBe(false);
    expect(liesUnder('logs/a', 'logs/')).toBe(true);
    expect(liesUnder('logs', 'logs/')).toBe(false);
    expect(liesUnder('anything', '')).toBe(true);
  });
  it('gives a name by its last segment', () => {
    expect(lastSegment('a/b/c.txt')).toBe('c.txt');
    expect(lastSegment('a/b/')).toBe('b');
  });
});

describe('an access point', () => {
  const arn = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/name';
  it.each([
    [`s3://${arn}`, arn, ''],
    [`s3://${arn}/a/b`, arn, 'a/b'],
    [
      's3://arn:aws:s3-outposts:us-west-2:1:outpost/op-1/accesspoint/ap/k',
      'arn:aws:s3-outposts:us-west-2:1:outpost/op-1/accesspoint/ap',
      'k',
    ],
  ])('%s stands where a bucket does', (word, bucket, key) => {
    expect(parseLocation(word)).toEqual({ type: 'object', bucket, key });
  });
  it('must be one', () => {
    expect(() => parseLocation('s3://arn:aws:sqs:eu-west-1:1:queue/key')).toThrow(usage);
    expect(() => parseLocation('s3://arn:aws:s3/x')).toThrow(usage);
  });
});

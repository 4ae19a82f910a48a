import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';

const embedded = startEmbedded();
const THEIRS: LifecycleRule = {
  ID: 'theirs',
  Status: 'Enabled',
  Filter: { Prefix: 'old/' },
  Expiration: { Days: 90 },
};

async function rulesOf({ client, bucket }: EmbeddedPlace): Promise<LifecycleRule[]> {
  const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
  return Rules;
}

async function openWithTheirs(): Promise<EmbeddedPlace> {
  const place = await embedded.open();
  await place.client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: place.bucket,
      LifecycleConfiguration: { Rules: [THEIRS] },
    }),
  );
  return place;
}

describe('cleanup --install-rule', () => {
  it('adds a rule for the location and keeps the others', async () => {
    const place = await openWithTheirs();
    const installed = await place.partwise([
      'cleanup',
      place.location('tmp/'),
      '--install-rule',
      '--days',
      '3',
    ]);
    expect(installed.code).toBe(0);
    expect(installed.stdout).toMatch(/^installed: .*tmp\/ .*3 days/);
    expect(await rulesOf(place)).toEqual([
      THEIRS,
      {
        ID: 'partwise-abort-incomplete-uploads',
        Status: 'Enabled',
        Filter: { Prefix: 'tmp/' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
      },
    ]);
  });

  it('a second time changes nothing, and sends nothing', async () => {
    const place = await embedded.open();
    const args = ['cleanup', place.location(), '--install-rule'];
    expect((await place.partwise(args)).code).toBe(0);
    const requests = await place.requestsDuring(async () => {
      const again = await place.partwise([...args, '--json']);
      expect(JSON.parse(again.stdout.split('\n')[0] ?? '')).toEqual({
        type: 'rule',
        action: 'unchanged',
        location: place.location(),
        id: 'partwise-abort-incomplete-uploads',
        prefix: '',
        days: 7,
      });
    });
    expect(requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('-n only says what it would do', async () => {
    const place = await openWithTheirs();
    const dry = await place.partwise(['cleanup', place.location(), '--install-rule', '-n']);
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/^would install: /) });
    expect(await rulesOf(place)).toEqual([THEIRS]);
  });

  it('refuses a location whose rule would touch its neighbours', async () => {
    const place = await embedded.open();
    const refused = await place.partwise(['cleanup', place.location('logs'), '--install-rule']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('/logs/') });
  });
});

describe('cleanup --check-rule', () => {
  it('ends with 10 when no rule covers the location, and else says which does', async () => {
    const place = await openWithTheirs();
    const none = await place.partwise(['cleanup', place.location(), '--check-rule']);
    expect(none).toMatchObject({ code: 10, stdout: expect.stringMatching(/^uncovered: /) });
    await place.partwise(['cleanup', place.location('tmp/'), '--install-rule']);
    expect((await place.partwise(['cleanup', place.location(), '--check-rule'])).code).toBe(10);
    const covered = await place.partwise(['cleanup', place.location('tmp/deep/'), '--check-rule']);
    expect(covered).toMatchObject({ code: 0, stdout: expect.stringMatching(/^covered: .*7 days/) });
  });
});

describe.each([
  ['refuses lifecycle rules', 'refused', /NotImplemented/],
  ['drops them in silence', 'dropped', /dropped it/],
] as const)('a server that %s', (_, lifecycle, words) => {
  const other = startEmbedded({ lifecycle });
  it('is no success, and the sentence names another way', async () => {
    const place = await other.open();
    const ended = await place.partwise(['cleanup', place.location('tmp/'), '--install-rule']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(words);
    expect(ended.stderr).toContain(`partwise cleanup ${place.location('tmp/')} --older-than 7d`);
  });
});

import { describe, expect, it } from 'vitest';
import { createLines } from '../../src/report/lines.ts';
import { createPlayer, readRecording } from './support/recording.ts';

function render(name: string): string {
  const { now, play } = createPlayer(readRecording(name));
  let text = '';
  const lines = createLines({ out: { write: (more) => (text += more) }, now });
  play(lines.emit);
  lines.stop();
  return text;
}

describe('lines', () => {
  it('tell the start, every tenth or ten seconds, retries and an endpoint that is away', () => {
    expect(render('put-one-file')).toMatchInlineSnapshot(`
      "put backup.tar → s3://b/backup.tar  40 MiB in 5 parts
      15%  6.0 MiB of 40 MiB  6.0 MiB/s  5.7 s left
      part 2 failed, attempt 2 in 0.4 s: connection reset\\n(Authorization: ***
      20%  8.0 MiB of 40 MiB  4.0 MiB/s  8.0 s left
      30%  12 MiB of 40 MiB  4.0 MiB/s  7.0 s left
      endpoint away, waiting for it: connection refused
      50%  20 MiB of 40 MiB  endpoint away
      endpoint back after 12 s
      50%  20 MiB of 40 MiB  0 B/s
      70%  28 MiB of 40 MiB  390 KiB/s  31 s left
      80%  32 MiB of 40 MiB  4.0 MiB/s  2.0 s left
      99%  40 MiB of 40 MiB  6.0 MiB/s
      "
    `);
  });

  it('sum up when there are several files', () => {
    expect(render('put-many-files')).toMatchInlineSnapshot(`
      "put site/index.html → s3://b/site/index.html  2.0 KiB
      part 2 of film\\x1b[2J.mp4 failed, attempt 2 in 1.3 s: InternalError
      2 of 3 files  10 MiB of 24 MiB  307 KiB/s  47 s left
      2 of 4 files  30 MiB of 40 MiB  512 KiB/s  20 s left
      "
    `);
  });

  it('name no percentage of a stream', () => {
    expect(render('put-stream')).toMatchInlineSnapshot(`
      "put - → s3://b/dump.sql  size unknown
      so far  14 MiB  1.0 MiB/s
      "
    `);
  });

  it('say what was there already', () => {
    expect(render('get-resumed')).toMatchInlineSnapshot(`
      "get s3://b/backup.tar → backup.tar  40 MiB in 5 parts  resumed: 3 parts (24 MiB) are there
      80%  32 MiB of 40 MiB  6.7 MiB/s  1.2 s left
      "
    `);
  });

  it('keep literal secrets out of reasons', () => {
    let text = '';
    const { emit } = createLines({
      out: { write: (more) => (text += more) },
      now: () => 0,
      secrets: ['hunter22'],
    });
    emit({ type: 'endpoint.away', delayMs: 500, reason: 'hunter22 was refused' });
    expect(text).toBe('endpoint away, waiting for it: *** was refused\n');
  });

  it('say nothing after they were stopped, but still log', () => {
    let text = '';
    const lines = createLines({ out: { write: (more) => (text += more) }, now: () => 0 });
    lines.stop();
    lines.emit({ type: 'endpoint.back', awayMs: 5 });
    lines.log('done');
    expect(text).toBe('done\n');
  });
});

import { describe, expect, it } from 'vitest';
import { LANES, putThroughKills } from '../soak/killed-put.ts';
import { startChosenServer } from './chosen-server.ts';

// Its uploads are in memory only, and it refuses a part that is sent again.
const { access, title } = await startChosenServer({ rclone: 'rclone refuses a part that is sent again' });
const seed = Number(process.env['PARTWISE_SEED'] ?? Date.now() % 1_000_000);
const mebibytes = Number(process.env['PARTWISE_KILLS_MIB'] ?? 256);

describe.skipIf(access === undefined)(`kills, through ${title}`, () => {
  it(`a put of ${mebibytes} MiB that is killed ten times sends no part twice that was answered (seed ${seed})`, async () => {
    if (access === undefined) throw new Error('skipped');
    const put = await putThroughKills(access, { mebibytes, kills: 10, seed });
    expect(put).toMatchObject({ code: 0, isSame: true, uploadsLeft: [] });
    const { sentBytes, sizeBytes, cutParts, partBytes } = put;
    expect(sentBytes).toBeGreaterThanOrEqual(sizeBytes);
    expect(sentBytes).toBeLessThanOrEqual(sizeBytes + cutParts * partBytes);
    expect(cutParts).toBeLessThanOrEqual(10 * LANES);
  });
});

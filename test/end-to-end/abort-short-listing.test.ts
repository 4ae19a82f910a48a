import { expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();

it.each(['wire', 'sdk'])('abort --all lists again until no upload is left (%s)', async (way) => {
  // A server that lists ten uploads and then says that there are no more, as S3Mock does after a thousand.
  const left = new Set(Array.from({ length: 25 }, (_, number) => `u${number}`));
  const server = await startScripted(({ method, query }) => {
    const uploadId = query.get('uploadId');
    if (method === 'DELETE') {
      left.delete(uploadId ?? '');
      return { status: 204 };
    }
    if (uploadId !== null)
      return left.has(uploadId)
        ? { body: `<ListPartsResult><UploadId>${uploadId}</UploadId></ListPartsResult>` }
        : { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' };
    const uploads = [...left]
      .slice(0, 10)
      .map(
        (id) =>
          `<Upload><Key>k</Key><UploadId>${id}</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>`,
      );
    const body = `<ListMultipartUploadsResult>${uploads.join('')}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`;
    return { body, headers: { Date: new Date().toUTCString() } };
  });
  const place = await embedded.open({ endpoint: server.endpoint });
  const args = ['abort', '--all', '--json', place.location('k')];
  const { code, stdout, stderr } = await place.partwise(args, { env: { PARTWISE_STORE: way } });
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  expect(stdout.match(/"action":"aborted"/g)).toHaveLength(25);
  expect(left.size).toBe(0);
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { storeObject } from '../support/processes/remote.ts';
import { errorDocument, startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();
/** Nothing of the four variables: what is found is found in the files. */
const UNSET = {
  ENDPOINT: undefined,
  ACCESS_KEY_ID: undefined,
  SECRET_KEY: undefined,
  BUCKET_NAME: undefined,
};

async function openPlace(files: { config?: string; credentials?: string }): Promise<EmbeddedPlace> {
  const place = await embedded.open();
  await storeObject(place, 'key', 'text');
  const aws = join(place.dir, '..', '.aws');
  await mkdir(aws);
  for (const [name, text] of Object.entries(files)) await writeFile(join(aws, name), text);
  return place;
}

/** Where a listing asked, by what -v says, and how it ended. */
async function list(
  place: EmbeddedPlace,
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<string> {
  const { code, stdout, stderr } = await place.partwise(['ls', '-v', ...flags, place.location()], {
    env: { ...UNSET, ...env },
  });
  const [, endpoint] = /^endpoint: (.*)$/m.exec(stderr) ?? [];
  return `${code} ${endpoint} ${stdout.includes('key')}`;
}

/** A server that none of these is meant to ask. */
async function openElsewhere(): Promise<string> {
  return (await startScripted(() => ({ status: 403, body: errorDocument('AccessDenied') }))).endpoint;
}

describe("AWS's shared configuration", () => {
  const keys = (): string =>
    `aws_access_key_id = ${embedded.server.accessKeyId}\naws_secret_access_key = ${embedded.server.secretAccessKey}\n`;

  it('is asked for the address of S3 in a services section, before that of the profile', async () => {
    const { endpoint } = embedded.server;
    const elsewhere = await openElsewhere();
    const place = await openPlace({
      config: [
        '[profile lab]',
        'services = lab-services',
        `endpoint_url = ${elsewhere}`,
        keys(),
        '[services lab-services]',
        'dynamodb =',
        `  endpoint_url = ${elsewhere}`,
        's3 =',
        `  endpoint_url = ${endpoint}`,
      ].join('\n'),
    });
    const found = `0 ${endpoint}/ (profile lab), path style true`;
    expect(await list(place, { AWS_PROFILE: 'lab' })).toBe(found);
    expect(await list(place, {}, ['--profile', 'lab'])).toBe(found);
    // Variables and flags are nearer.
    const other = { AWS_PROFILE: 'lab', AWS_ENDPOINT_URL_S3: elsewhere };
    expect(await list(place, other)).toContain(`5 ${elsewhere}/`);
  });

  it('is not asked for addresses when the profile, or a variable, says so', async () => {
    const { endpoint } = embedded.server;
    const elsewhere = await openElsewhere();
    const place = await openPlace({
      config: `[default]\nendpoint_url = ${elsewhere}\nignore_configured_endpoint_urls = true\n${keys()}`,
    });
    expect(await list(place, { S3_ENDPOINT_URL: endpoint })).toBe(
      `0 ${endpoint}/ (S3_ENDPOINT_URL), path style true`,
    );
    expect(await list(place, { AWS_ENDPOINT_URL: elsewhere, S3_ENDPOINT_URL: endpoint })).toMatch(/^0 /);
    const overruled = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false', S3_ENDPOINT_URL: endpoint };
    expect(await list(place, overruled)).toContain(`5 ${elsewhere}/`);
  });

  it.each(['credentials', 'config'])('may have its names in upper case, in the file %s', async (file) => {
    const { endpoint } = embedded.server;
    const section = file === 'config' ? '[profile lab]' : '[lab]';
    const place = await openPlace({
      [file]: `${section}\n${keys().replace(/^aws_\w+/gm, (name) => name.toUpperCase())}`,
    });
    const env = { AWS_PROFILE: 'lab', AWS_ENDPOINT_URL_S3: endpoint };
    expect(await list(place, env)).toBe(`0 ${endpoint}/ (AWS_ENDPOINT_URL_S3), path style true`);
  });

  it('may hold a profile that is called like something every object has', async () => {
    const { endpoint } = embedded.server;
    const place = await openPlace({ credentials: `[constructor]\n${keys()}endpoint_url = ${endpoint}\n` });
    // The SDK's own reader of keys does not find them there: that is told, and nothing else happens.
    expect(await list(place, { AWS_PROFILE: 'constructor' })).toContain(
      `5 ${endpoint}/ (profile constructor)`,
    );
    expect(await list(place, { AWS_PROFILE: 'toString' })).toMatch(/^5 /);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyEnvironment, awsSettings, variableOf } from '../../src/cli/environment.ts';
import type { GlobalFlags } from '../../src/cli/flags.ts';
import { buildProgram } from '../../src/cli/program.ts';

/** The flags of a command line, once the environment was looked at. */
async function flagsOf(
  argv: readonly string[],
  env: Record<string, string>,
): Promise<Record<string, unknown>> {
  let flags: Record<string, unknown> = {};
  const program = buildProgram(async (command) => {
    applyEnvironment(command, env);
    flags = command.optsWithGlobals<GlobalFlags>();
  }, '0.0.0');
  await program.parseAsync(argv, { from: 'user' });
  return flags;
}

const PUT = ['put', 'file', 's3://b/k'];

describe('a variable PARTWISE_<FLAG>', () => {
  it('sets what the command line leaves open', async () => {
    const env = {
      PARTWISE_PART_SIZE: '16MiB',
      PARTWISE_REGION: 'r',
      PARTWISE_JSON: 'yes',
      PARTWISE_NO_RESUME: '1',
      PARTWISE_CONCURRENCY: '3',
      PARTWISE_PROGRESS: 'none',
    };
    const expected = {
      partSize: 16 * 1024 ** 2,
      region: 'r',
      json: true,
      resume: false,
      concurrency: 3,
      progress: 'none',
    };
    expect(await flagsOf(PUT, env)).toMatchObject(expected);
  });
  it('is beaten by the flag, on either side of the command', async () => {
    const env = { PARTWISE_REGION: 'variable', PARTWISE_PART_SIZE: '16MiB', PARTWISE_NO_RESUME: '1' };
    const argv = ['--region', 'flag', ...PUT, '-s', '5MiB', '--resume', 'own'];
    expect(await flagsOf(argv, env)).toMatchObject({
      region: 'flag',
      partSize: 5 * 1024 ** 2,
      resume: 'own',
    });
  });
  it('counts as not set when it is empty or off', async () => {
    const env = {
      PARTWISE_REGION: '',
      PARTWISE_JSON: '0',
      PARTWISE_QUIET: 'no',
      PARTWISE_NO_SIGN_REQUEST: 'false',
    };
    const flags = await flagsOf(PUT, env);
    expect([flags['region'], flags['json'], flags['quiet'], flags['signRequest']]).toEqual([
      undefined,
      undefined,
      undefined,
      true,
    ]);
  });
  it.each([
    ['PARTWISE_JSON', 'on'],
    ['PARTWISE_PART_SIZE', 'big'],
    ['PARTWISE_CONCURRENCY', '0'],
    ['PARTWISE_PROGRESS', 'dots'],
    ['PARTWISE_READ_TIMEOUT', '60'],
  ])('%s=%s is a mistake that names it', async (name, value) => {
    await expect(flagsOf(PUT, { [name]: value })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(new RegExp(`^${name}: "${value}`)),
    });
  });
  it('exists for no flag that chooses or destroys', async () => {
    const env = {
      PARTWISE_DRY_RUN: '1',
      PARTWISE_UPLOAD_ID: 'x',
      PARTWISE_OVERWRITE: '0',
      PARTWISE_VERIFY_SSL: '0',
    };
    expect(await flagsOf(PUT, env)).toMatchObject({ overwrite: true, verifySsl: true });
    expect(Object.keys(await flagsOf(PUT, env))).not.toContain('dryRun');
    const cleanup = await flagsOf(['cleanup', 's3://b', '--older-than', '7d'], { PARTWISE_FORCE: '1' });
    expect(cleanup).not.toHaveProperty('force');
  });
  it('is on the page, each of them', () => {
    const page = readFileSync('docs/reference/connection.md', 'utf8').replaceAll('\n', ' ');
    const program = buildProgram(async () => undefined, '0.0.0');
    const options = [program, ...program.commands].flatMap((command) => command.options);
    const named = options.filter((option) => variableOf(option)).map(({ long = '' }) => long.slice(2));
    expect(named.length).toBeGreaterThan(25);
    for (const name of named) expect(page).toMatch(new RegExp(`[ ,]${name}[,.]`));
  });
});

describe('a variable of the AWS tools', () => {
  it('says what no flag says', () => {
    expect(awsSettings({})).toEqual({ attempts: undefined, checksum: undefined, asksChecksums: true });
    const env = {
      AWS_MAX_ATTEMPTS: '5',
      AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
      AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
    };
    expect(awsSettings(env)).toEqual({ attempts: 5, checksum: 'none', asksChecksums: false });
  });
  it('that makes no sense is a mistake', () => {
    expect(() => awsSettings({ AWS_MAX_ATTEMPTS: 'many' })).toThrow(
      expect.objectContaining({ kind: 'usage' }),
    );
  });
});

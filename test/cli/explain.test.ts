import { describe, expect, it } from 'vitest';
import { againOf, positionsOf } from '../../src/cli/again.ts';

describe('the command that goes on', () => {
  const flags = { endpointUrl: 'http://x', signRequest: true };
  it('has its paths absolute, and nothing else changed', () => {
    const argv = ['put', '-e', 'http://x', '--state-dir', 's', 'put', 's3://b/put'];
    const { command } = againOf({ argv, flags }, positionsOf(argv, ['put']));
    expect(command).toEqual([
      'put',
      '-e',
      'http://x',
      '--state-dir',
      `${process.cwd()}/s`,
      `${process.cwd()}/put`,
      's3://b/put',
    ]);
  });
  it('takes its connection along to discard what is left', () => {
    expect(againOf({ argv: ['put'], flags }, []).connection).toEqual(['--endpoint-url', 'http://x']);
    expect(againOf({ argv: ['put'], flags: { signRequest: false } }, []).connection).toEqual([
      '--no-sign-request',
    ]);
  });
});

import { resolve } from 'node:path';
import type { Context } from './context.ts';
import type { Again } from './explain.ts';
import type { GlobalFlags } from './flags.ts';

const CONNECTION = [
  ['endpointUrl', '--endpoint-url'],
  ['region', '--region'],
  ['profile', '--profile'],
  ['addressingStyle', '--addressing-style'],
  ['caBundle', '--ca-bundle'],
  ['clientCert', '--client-cert'],
  ['clientKey', '--client-key'],
  ['expectedBucketOwner', '--expected-bucket-owner'],
] as const;

/** Flags whose values are local paths. */
const PATH_FLAGS: readonly string[] = [
  '--state-dir',
  '--ca-bundle',
  '--client-cert',
  '--client-key',
  '--sse-c-key',
  '--files-from',
];

/** The command that was given, as it works from any directory. `paths`: where its local paths stand. */
export function againOf({ argv, flags }: Pick<Context, 'argv' | 'flags'>, paths: readonly number[]): Again {
  const command = argv.map((word, index) => {
    // A list or a key may come from stdin.
    if (word === '-') return word;
    if (PATH_FLAGS.includes(argv[index - 1] ?? '') || paths.includes(index)) return resolve(word);
    const flag = PATH_FLAGS.find((name) => word.startsWith(`${name}=`));
    return flag ? `${flag}=${resolve(word.slice(flag.length + 1))}` : word;
  });
  return { command, connection: connectionOf(flags) };
}

/** Where words stand in a command line, in their order, behind the name of the command. */
export function positionsOf(argv: readonly string[], words: readonly string[]): number[] {
  let from = argv.findIndex((word) => word === 'put' || word === 'get') + 1;
  return words.flatMap((word) => {
    const index = argv.indexOf(word, from);
    if (index === -1) return [];
    from = index + 1;
    return [index];
  });
}

/** The flags of the connection, as they were given. */
export function connectionOf(flags: GlobalFlags): string[] {
  const named = CONNECTION.flatMap(([name, flag]) => {
    const value = flags[name];
    if (value === undefined) return [];
    return [flag, PATH_FLAGS.includes(flag) ? resolve(value) : value];
  });
  const refused = [
    ...(flags.signRequest === false ? ['--no-sign-request'] : []),
    ...(flags.verifySsl === false ? ['--no-verify-ssl'] : []),
    ...(flags.requestPayer ? ['--request-payer'] : []),
    ...(flags.useInstanceCredentials ? ['--use-instance-credentials'] : []),
  ];
  return [...named, ...refused];
}

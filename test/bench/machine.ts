import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type as systemType } from 'node:os';

/** Where the figures come from. */
export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly system: string;
  readonly node: string;
  /** The commit of partwise, with a `+` when something is changed. */
  readonly commit: string;
};

/** Looks at this machine. */
export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGibibytes: Math.round(totalmem() / 1024 ** 3),
    system: `${systemType()} ${release().split('-')[0]}`,
    node: process.versions.node,
    commit: describeCommit(),
  };
}

function describeCommit(): string {
  const git = (...words: string[]): string =>
    spawnSync('git', words, { encoding: 'utf8' }).stdout?.trim() ?? '';
  const commit = git('rev-parse', '--short', 'HEAD');
  return `${commit || 'unknown'}${git('status', '--porcelain', 'src', 'bin') === '' ? '' : '+'}`;
}

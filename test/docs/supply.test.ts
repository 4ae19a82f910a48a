import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

type Locked = { readonly integrity?: string; readonly resolved?: string };
const lock: { packages: Record<string, Locked> } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { '': _root, ...locked } = lock.packages;

describe('the lock', () => {
  it('has the digest of every package, also of those for other platforms', () => {
    const without = Object.entries(locked).filter(
      ([, { integrity = '' }]) => !/^sha512-\S{88}$/.test(integrity),
    );
    expect(without).toEqual([]);
    expect(Object.keys(locked).length).toBeGreaterThan(300);
  });
  it('names no registry: everybody installs from their own', () => {
    expect(Object.entries(locked).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

type Job = { readonly permissions?: unknown };
type Workflow = { readonly permissions?: unknown; readonly jobs: Record<string, Job> };
const workflows = readdirSync('.github/workflows').map((name) => {
  const text = readFileSync(`.github/workflows/${name}`, 'utf8');
  const workflow: Workflow = parse(text);
  return { name, text, workflow };
});

describe('the workflow', () => {
  it.each(workflows)('$name runs actions of a fixed commit only, and says of which version', ({ text }) => {
    const uses = text.match(/uses:.*/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const use of uses) expect(use).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
  it.each(workflows)('$name may only read, but for what a release needs', ({ name, workflow }) => {
    const isRelease = name === 'publish.yml';
    expect(workflow.permissions).toEqual(isRelease ? {} : { contents: 'read' });
    const needed = isRelease ? { contents: 'read', 'id-token': 'write' } : undefined;
    for (const { permissions } of Object.values(workflow.jobs)) expect(permissions).toEqual(needed);
  });
  it.each(workflows)('$name leaves no token behind and runs no script of a package', ({ text }) => {
    const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    expect(count(/persist-credentials: false/g)).toBe(count(/uses: actions\/checkout@/g));
    expect(count(/npm ci --ignore-scripts/g)).toBe(count(/npm (?:ci|install)\b/g));
  });
});

describe('the package', () => {
  it('is built when it is packed, published or installed from git, from nothing', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(scripts['prepare']).toBe('node .ci/prepare.mjs');
  });
  it.each(['README.md', 'CONTRIBUTING.md'])('says in %s how to report a vulnerability', (page) => {
    expect(readFileSync(page, 'utf8')).toContain('(SECURITY.md)');
  });
});

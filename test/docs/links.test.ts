import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages, readPage } from './pages.ts';

/** A page without what is in fences. */
function proseOf(path: string): string {
  return readPage(path).replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** The names that headings get on GitHub; a second one of the same name gets a number. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(path).matchAll(/^#+ (.*)$/gm)) {
    const name = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = name;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${name}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where a page's relative links lead that lead nowhere. */
function brokenLinks(page: string): string[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && !(file.endsWith('.md') && anchorsOf(file).has(anchor));
  });
}

describe('the links of every page', () => {
  it.each(allPages())('%s: lead to files and headings that are there', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('are found: a page of the index is one of them', () => {
    expect(proseOf('docs/README.md')).toContain('](how-to/from-boto3.md)');
  });
});

describe('docs/README.md', () => {
  it('names every page', () => {
    const index = readPage('docs/README.md');
    const pages = allPages()
      .filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
      .map((page) => page.replace('docs/', ''))
      // Decisions have an index of their own.
      .filter((page) => !page.startsWith('decisions/') || page === 'decisions/README.md');
    expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
  });
});

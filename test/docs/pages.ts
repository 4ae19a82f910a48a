import { readdirSync, readFileSync } from 'node:fs';

/** The text of a page, however this checkout ends its lines. */
export function readPage(path: string): string {
  return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
}

/** A fenced block of a page. */
export type Block = {
  /** What stands behind the fence: `sh`, `ts` … */
  readonly language: string;
  readonly text: string;
  /** The heading it stands under. */
  readonly heading: string;
};

/** The fenced blocks of a page, in order. */
export function blocksOf(path: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: { readonly language: string; readonly lines: string[] } | undefined;
  for (const line of readPage(path).split('\n')) {
    const [fence, language = ''] = /^```(\w*)$/.exec(line) ?? [];
    if (fence !== undefined && open) {
      blocks.push({ language: open.language, text: `${open.lines.join('\n')}\n`, heading });
      open = undefined;
    } else if (fence !== undefined) open = { language, lines: [] };
    else if (open) open.lines.push(line);
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
  }
  if (open) throw new Error(`${path}: a fence that is not closed`);
  return blocks;
}

/** Every page of the documentation, README.md and CONTRIBUTING.md. */
export function allPages(): string[] {
  const below = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);
  return ['README.md', 'CONTRIBUTING.md', ...below];
}

import type { Command, Option } from 'commander';

/** How a half-written line goes on: fixed words, or names that only a server knows. */
export type Candidates =
  | { readonly type: 'words'; readonly words: readonly string[] }
  | { readonly type: 'buckets'; readonly begin: string }
  | { readonly type: 'keys'; readonly bucket: string; readonly prefix: string };

const none: Candidates = { type: 'words', words: [] };

/** What fits the last of the words, which may be empty. Local paths are the shell's own to complete. */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = findCommand(program, before);
  const options = [...(command?.options ?? []), ...program.options];
  if (before.includes('--')) return locationsFor(current);
  const awaited = optionOf(options, before.at(-1));
  if (awaited?.required) return valuesOf(awaited, current, '');
  const [, flag = '', value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  const assigned = value === undefined ? undefined : optionOf(options, flag);
  if (assigned && value !== undefined) return valuesOf(assigned, value, `${flag}=`);
  if (current.startsWith('-'))
    return startingWith(
      options.flatMap(({ long }) => long ?? []),
      current,
    );
  if (!command)
    return startingWith(
      program.commands.filter(isShown).map((known) => known.name()),
      current,
    );
  if (command.name() === 'completion') return startingWith(['bash', 'zsh', 'fish'], current);
  if (command.name() === 'help')
    return startingWith(
      program.commands.filter(isShown).map((known) => known.name()),
      current,
    );
  return locationsFor(current);
}

function isShown(command: Command): boolean {
  return !command.name().startsWith('_');
}

/** The command among the words: the first that is no flag and no flag's value. */
function findCommand(program: Command, words: readonly string[]): Command | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (optionOf(program.options, word)?.required) at++;
    else if (!word.startsWith('-')) return program.commands.find((command) => command.name() === word);
  }
  return undefined;
}

function optionOf(options: readonly Option[], word: string | undefined): Option | undefined {
  return options.find(({ short, long }) => word !== undefined && (word === short || word === long));
}

function valuesOf({ argChoices = [] }: Option, current: string, before: string): Candidates {
  return {
    type: 'words',
    words: argChoices.filter((choice) => choice.startsWith(current)).map((choice) => before + choice),
  };
}

function startingWith(words: readonly string[], current: string): Candidates {
  return { type: 'words', words: [...new Set(words)].filter((word) => word.startsWith(current)) };
}

function locationsFor(current: string): Candidates {
  const [, bucket, slash, prefix = ''] = /^s3:\/\/([^/]*)(\/?)(.*)$/s.exec(current) ?? [];
  if (bucket === undefined)
    return 's3://'.startsWith(current) && current !== '' ? { type: 'words', words: ['s3://'] } : none;
  return slash ? { type: 'keys', bucket, prefix } : { type: 'buckets', begin: bucket };
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { refuseSwallowedFlags } from '../../src/cli/flag-values.ts';

const program = buildProgram(async () => undefined, '0.0.0');
const pages = ['commands', 'connection']
  .map((name) => readFileSync(`docs/reference/${name}.md`, 'utf8'))
  .join('\n');
const commands = [program, ...program.commands];

describe('the reference pages', () => {
  const flags = commands.flatMap((command) => command.options.map(({ long }) => long ?? ''));
  it.each([...new Set(flags)])('have a line for %s', (flag) => {
    expect(pages).toContain(flag);
  });
  it('promise no flag that is not there', () => {
    const known = new Set([...flags, '--help', '--version']);
    const promised = [...pages.matchAll(/`(?:-\w, )?(--[a-z-]+)[ `]/g)].map(([, flag]) => flag ?? '');
    expect(promised.filter((flag) => !known.has(flag) && flag !== '--flag')).toEqual([]);
    expect(promised.length).toBeGreaterThan(30);
  });
});

describe('a command line that begins with a command', () => {
  it.each(
    program.commands.filter((command) => !command.name().startsWith('_')).map((command) => command.name()),
  )('declares only %s, and that as among the others', (name) => {
    const { commands: declared } = buildProgram(async () => undefined, '0.0.0', name);
    expect(declared.map((command) => command.name())).toEqual([name]);
    const among = program.commands.find((command) => command.name() === name);
    expect(declared[0]?.helpInformation()).toBe(among?.helpInformation());
  });
  it('declares all where a flag comes first, and for who completes', () => {
    for (const first of ['--json', 'help', '__complete', 'nope'])
      expect(buildProgram(async () => undefined, '0.0.0', first).commands).toHaveLength(
        program.commands.length,
      );
  });
});

describe('every command', () => {
  const shown = program.commands.filter((command) => !command.name().startsWith('_'));
  it.each(shown.map((command) => [command.name(), command] as const))(
    '%s shows examples and exit codes',
    (_, command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => void (help += text) });
      command.outputHelp();
      expect(help).toContain('Examples:');
      expect(help).toContain('Exit codes:');
    },
  );
});

describe('the value of a flag', () => {
  it.each([
    [['put', '--part-size', '-q', 'x']],
    [['ls', '-e', '--json']],
    [['cleanup', '--older-than', '', 's3://b']],
  ])('is not taken from the next flag: %j', (argv) => {
    expect(() => refuseSwallowedFlags(argv, program)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
  it.each([
    [['put', '--part-size=-q', 'x']],
    [['put', '--', '--part-size', '-q']],
    [['ls', '-e', 'http://x', '--json']],
  ])('may be written so: %j', (argv) => {
    expect(() => refuseSwallowedFlags(argv, program)).not.toThrow();
  });
});

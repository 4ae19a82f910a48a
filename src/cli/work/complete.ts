import type { Command } from 'commander';
import type { Engine } from '../../transfer/engine.ts';
import { isCommand } from '../../report/ci-command.ts';
import { listBuckets, listObjects } from '../../transfer/list.ts';
import { type Candidates, candidatesFor } from '../candidates.ts';
import type { Context } from '../context.ts';
import type { GlobalFlags } from '../flags.ts';
import type { CommandEnd } from '../shape.ts';

/** More than anybody reads; a prefix with a million keys must not hang the shell. */
const MOST_NAMES = 100;
/** Somebody waits with a finger on the key. */
const PATIENCE_MS = 2_000;

/** Prints what fits the last word, one a line. What cannot be found out in time is nothing: a shell shows no errors. */
export async function complete(
  program: Command,
  words: readonly string[],
  context: Context,
): Promise<CommandEnd> {
  const candidates = candidatesFor(program, words);
  const flags = { ...context.flags, ...flagsAmong(program, words) };
  const names = await namesOf(candidates, flags, context).catch((): readonly string[] => []);
  for (const name of names) await context.console.data(name);
  return { exitCode: 0, totals: {} };
}

/** The flags on the unfinished line that say whom to ask. */
function flagsAmong(program: Command, words: readonly string[]): GlobalFlags {
  const found = words.slice(0, -1).flatMap((word, at): [string, unknown][] => {
    const [flag = '', written] = word.split(/=(.*)/s);
    const option = program.options.find(({ short, long }) => flag === short || flag === long);
    if (!option) return [];
    if (!option.required) return [[option.attributeName(), !option.negate]];
    const text = written ?? words[at + 1] ?? '';
    return [[option.attributeName(), option.parseArg ? option.parseArg(text, undefined) : text]];
  });
  return Object.fromEntries(found);
}

async function namesOf(
  candidates: Candidates,
  flags: GlobalFlags,
  { process, signal }: Context,
): Promise<readonly string[]> {
  if (candidates.type === 'words') return candidates.words;
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const { connect } = await import('../adapter.ts');
  const engine = await connect({ ...flags, env: process.env, concurrency: 1, attempts: 1, giveUpAfterMs: 1 });
  try {
    return await take(ask(engine, candidates, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])));
  } finally {
    engine.close();
  }
}

async function* ask(
  engine: Engine,
  candidates: Exclude<Candidates, { type: 'words' }>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (candidates.type === 'buckets') {
    for await (const { name } of listBuckets(engine, { signal })) {
      if (name.startsWith(candidates.begin)) yield `s3://${name}/`;
    }
    return;
  }
  const { bucket, prefix } = candidates;
  for await (const entry of listObjects(engine, bucket, prefix, {
    signal,
    delimiter: '/',
    limit: MOST_NAMES,
  })) {
    yield `s3://${bucket}/${entry.type === 'object' ? entry.key : entry.prefix}`;
  }
}

async function take(names: AsyncIterable<string>): Promise<readonly string[]> {
  const taken: string[] = [];
  for await (const name of names) {
    // A name of several lines would be several names to the shell, others would move its cursor or command a CI system.
    if (!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(name) && !isCommand(name)) taken.push(name);
    if (taken.length === MOST_NAMES) break;
  }
  return taken;
}

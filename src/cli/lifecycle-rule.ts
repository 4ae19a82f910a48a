import { escapeJson } from '../report/escape-json.ts';
import { safeText } from '../report/safe-text.ts';
import { hasLifecycle, type Lifecycle } from '../s3/lifecycle.ts';
import { hasOurRule, OUR_RULE_ID, ruleFor, withOurRule } from '../s3/lifecycle-rules.ts';
import type { Engine } from '../transfer/engine.ts';
import { detailsOf, TransferError } from '../transfer/errors.ts';
import { withRetries } from '../transfer/retry.ts';
import type { CleanupFlags } from './cleanup-mode.ts';
import type { Console } from './console.ts';
import type { Context } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { quoteForShell } from './quote.ts';
import type { CommandEnd } from './shape.ts';

type Place = { readonly bucket: string; readonly key: string };

const DEFAULT_DAYS = 7;
/** A server may show a new configuration a moment late. */
const LOOKS = 3;
const LOOK_EVERY_MS = 1_000;

/** Has the server abort unfinished uploads under a location itself. */
export async function installRule(place: Place, flags: CleanupFlags, context: Context): Promise<CommandEnd> {
  const { bucket, key: prefix } = place;
  const { days = DEFAULT_DAYS, dryRun = false } = flags;
  const { ask, read, engine } = await open(place, context);
  const before = await read();
  const rule = { id: OUR_RULE_ID, prefix, days };
  if (hasOurRule(before, prefix, days)) return await told(context.console, place, 'unchanged', rule);
  if (dryRun) {
    const end = await told(context.console, place, 'would-install', rule);
    context.console.note('dry run: nothing was changed');
    return end;
  }
  const document = withOurRule(before, prefix, days);
  const digest = engine.hasher(['md5']);
  digest.update(new TextEncoder().encode(document));
  const sums = digest.digest();
  await ask((lifecycle) => lifecycle.write(bucket, document, { signal: context.signal, sums }));
  for (let look = 1; !hasOurRule(await read(), prefix, days); look++) {
    if (look === LOOKS) throw dropped(place, days);
    await engine.run.clock.sleep(LOOK_EVERY_MS, { signal: context.signal });
  }
  return await told(context.console, place, 'installed', rule);
}

/** Shows which rule covers a location. */
export async function checkRule(place: Place, context: Context): Promise<CommandEnd> {
  const { read } = await open(place, context);
  const rule = ruleFor(await read(), place.key);
  return await told(context.console, place, rule ? 'covered' : 'uncovered', rule);
}

type Opened = {
  readonly engine: Engine;
  /** Asks the server, again where that may help. */
  readonly ask: <T>(request: (lifecycle: Lifecycle) => Promise<T>) => Promise<T>;
  readonly read: () => Promise<string>;
};

async function open(place: Place, context: Context): Promise<Opened> {
  const { signal } = context;
  const engine = await context.connect({ bucket: place.bucket });
  const { store } = engine;
  if (!hasLifecycle(store)) throw new TransferError('unsupported', 'this store has no lifecycle rules');
  const ask: Opened['ask'] = async (request) => {
    try {
      return await withRetries(engine.run, { signal }, () => request(store.lifecycle));
    } catch (error) {
      throw isRefusal(error) ? withWayOut(error, place) : error;
    }
  };
  return { engine, ask, read: () => ask((lifecycle) => lifecycle.read(place.bucket, { signal })) };
}

/** Servers say in many ways that they know no such rules: 501, 405, 400 InvalidArgument (MinIO), MalformedXML. */
function isRefusal(error: unknown): error is TransferError {
  return error instanceof TransferError && (error.kind === 'unsupported' || error.status === 400);
}

function withWayOut(error: TransferError, { bucket, key }: Place): TransferError {
  return new TransferError(error.kind, error.message, {
    ...detailsOf(error),
    hint: `This server takes no such rule; run ${wayOut(bucket, key, DEFAULT_DAYS)} from cron instead.`,
  });
}

function dropped({ bucket, key }: Place, days: number): TransferError {
  return new TransferError(
    'unsupported',
    `the server took the rule for s3://${bucket}/${key} and dropped it: it does not abort uploads by itself`,
    { hint: `Run ${wayOut(bucket, key, days)} from cron instead.` },
  );
}

function wayOut(bucket: string, key: string, days: number): string {
  return `"partwise cleanup ${quoteForShell(`s3://${bucket}/${key}`) ?? 'LOCATION'} --older-than ${days}d"`;
}

type Rule = { readonly id: string; readonly prefix: string; readonly days: number };
type Action = 'installed' | 'would-install' | 'unchanged' | 'covered' | 'uncovered';

async function told(
  console: Console,
  place: Place,
  action: Action,
  rule: Rule | undefined,
): Promise<CommandEnd> {
  const location = `s3://${place.bucket}/${place.key}`;
  const { id = null, prefix = null, days = null } = rule ?? {};
  const about = rule
    ? `rule ${safeText(rule.id || '(without a name)')}, prefix "${safeText(rule.prefix)}": unfinished uploads are aborted ${rule.days} ${rule.days === 1 ? 'day' : 'days'} after their beginning`
    : 'no rule aborts unfinished uploads';
  const line = `${action.replace('-', ' ')}: ${safeText(location)}  ${about}`;
  await console.item(
    console.isJson ? escapeJson({ type: 'rule', action, location, id, prefix, days }) : line,
  );
  return { exitCode: action === 'uncovered' ? ExitCode.stale : ExitCode.ok, totals: {} };
}

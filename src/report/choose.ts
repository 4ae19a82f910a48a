import type { Terminal } from './bars.ts';
import { createJsonLines } from './json-lines.ts';
import { createLines } from './lines.ts';
import type { Renderer } from './output.ts';

/** How progress is shown. */
export type ProgressMode = 'auto' | 'bars' | 'lines' | 'json' | 'none';

export type Environment = { readonly [name: string]: string | undefined };

export type ChooseOptions = {
  readonly mode: ProgressMode;
  /** Where progress goes: stderr. */
  readonly out: Terminal;
  readonly env: Environment;
  /** Nothing but what is logged. */
  readonly quiet: boolean;
  readonly now: () => number;
  readonly secrets?: readonly string[] | undefined;
};

/** Makes the renderer that fits the wish and the place: bars need a terminal that can move its cursor. */
export async function chooseRenderer({
  mode,
  out,
  env,
  quiet,
  now,
  secrets,
}: ChooseOptions): Promise<Renderer> {
  switch (chooseMode({ mode, out, env, quiet })) {
    case 'bars':
      // Loaded where there is a terminal: pipelines and cron need none of what draws.
      return (await import('./bars.ts')).createBars({ out, now, color: wantsColor(env, out) });
    case 'lines':
      return createLines({ out, now, secrets });
    case 'json':
      return createJsonLines({ out, secrets });
    case 'none':
      return {
        emit: () => undefined,
        log: (line) => void out.write(`${line}\n`),
        suspend: () => undefined,
        stop: () => undefined,
      };
  }
}

/** Decides how progress is shown; bars on something that cannot show them become lines. */
export function chooseMode({
  mode,
  out,
  env,
  quiet,
}: Pick<ChooseOptions, 'mode' | 'out' | 'env' | 'quiet'>): Exclude<ProgressMode, 'auto'> {
  if (quiet) return 'none';
  const canDraw = out.isTTY === true && env['TERM'] !== 'dumb';
  if (mode === 'auto') return canDraw && !isSet(env['CI']) ? 'bars' : 'lines';
  return mode === 'bars' && !canDraw ? 'lines' : mode;
}

/** Whether to use colours: FORCE_COLOR beats NO_COLOR, as in Node; without either a terminal decides. */
export function wantsColor(env: Environment, out: { readonly isTTY?: boolean }): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return out.isTTY === true && env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

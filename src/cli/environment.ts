import type { Command, Option } from 'commander';
import { TransferError } from '../transfer/errors.ts';
import type { ChecksumName } from './integrity-flags.ts';
import { parseCount } from './values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The flags that also have a variable `PARTWISE_<FLAG>`: those that one sets once for a machine or a job. What
 * chooses or destroys is written where it happens. Endpoint, bucket and addressing style are looked at together
 * with the variables of other tools, in `connection.ts` and `context.ts`.
 */
const WITH_VARIABLE: ReadonlySet<string> = new Set(
  [
    'region profile no-sign-request request-payer expected-bucket-owner sign-payload use-instance-credentials',
    'ca-bundle client-cert client-key connect-timeout read-timeout',
    'part-size multipart-threshold max-parts concurrency jobs max-memory bwlimit retries give-up-after',
    'checksum-algorithm require-checksum resume no-resume state-dir progress json quiet debug',
  ].flatMap((line) => line.split(' ')),
);

/** The variable of a flag, if it has one. */
export function variableOf({ long = '' }: Pick<Option, 'long'>): string | undefined {
  const name = long.slice('--'.length);
  return WITH_VARIABLE.has(name) ? `PARTWISE_${name.toUpperCase().replaceAll('-', '_')}` : undefined;
}

/**
 * Sets the flags that the command line leaves open from the environment; an empty variable counts as not set.
 * @throws TransferError `usage` for a value that the flag would not take
 */
export function applyEnvironment(command: Command, env: Environment): void {
  for (const at of [command, command.parent]) {
    for (const option of at?.options ?? []) {
      const variable = variableOf(option);
      const text = variable && env[variable];
      if (!at || !text) continue;
      const name = option.attributeName();
      if (at.getOptionValueSource(name) !== undefined && at.getOptionValueSource(name) !== 'default')
        continue;
      const value = valueOf(option, variable, text);
      if (value !== undefined) at.setOptionValueWithSource(name, value, 'env');
    }
  }
}

/** The value that the flag would have; `undefined` for a switch that is off. */
function valueOf(option: Option, variable: string, text: string): unknown {
  if (option.isBoolean() || option.negate) return isOn(variable, text) ? !option.negate : undefined;
  if (option.argChoices && !option.argChoices.includes(text))
    throw refuse(variable, `"${text}" is not one of ${option.argChoices.join(', ')}`);
  try {
    const parsed: unknown = option.parseArg ? option.parseArg(text, undefined) : text;
    return parsed;
  } catch (error) {
    // The parser names the flag, which nobody wrote.
    throw refuse(variable, error instanceof Error ? error.message.replace(/^--\S+: /, '') : String(error));
  }
}

function isOn(variable: string, text: string): boolean {
  if (/^(?:1|true|yes)$/i.test(text)) return true;
  if (/^(?:0|false|no)$/i.test(text)) return false;
  throw refuse(variable, `"${text}" is neither yes nor no; write 1, true, yes or 0, false, no`);
}

function refuse(variable: string, why: string): TransferError {
  return new TransferError('usage', `${variable}: ${why}`);
}

/** What the variables of the AWS tools say about transfers, where no flag does. */
export type AwsSettings = {
  readonly attempts: number | undefined;
  /** `none` where checksums are only to be sent when they must. */
  readonly checksum: ChecksumName | undefined;
  /** Whether checksums are asked for with what is read. */
  readonly asksChecksums: boolean;
};

/**
 * Reads them: docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html.
 * @throws TransferError `usage`
 */
export function awsSettings(env: Environment): AwsSettings {
  const attempts = env['AWS_MAX_ATTEMPTS'];
  const isRequired = (name: string): boolean => /^when_required$/i.test(env[name] ?? '');
  if (attempts && !/^[1-9]\d{0,8}$/.test(attempts))
    throw refuse('AWS_MAX_ATTEMPTS', `"${attempts}" is not a whole number of at least 1`);
  return {
    attempts: attempts ? parseCount(attempts) : undefined,
    checksum: isRequired('AWS_REQUEST_CHECKSUM_CALCULATION') ? 'none' : undefined,
    asksChecksums: !isRequired('AWS_RESPONSE_CHECKSUM_VALIDATION'),
  };
}

/**
 * `PARTWISE_STORE`: by whose requests bytes move; no flag, for it changes nothing but speed.
 * @throws TransferError `usage`
 */
export function storeWay(env: Environment): 'wire' | 'sdk' {
  const way = env['PARTWISE_STORE'] || 'wire';
  if (way !== 'wire' && way !== 'sdk') throw refuse('PARTWISE_STORE', `"${way}" is neither wire nor sdk`);
  return way;
}

import { type Command, Option } from 'commander';
import { TransferError } from '../transfer/errors.ts';
import type { ResumePolicy } from '../transfer/start.ts';
import { ofFlag, orAuto, parseCount, parseLanes, parseRate, parseSize, parseTimeout } from './values.ts';

/** What every command understands. */
export type GlobalFlags = {
  readonly endpointUrl?: string;
  readonly bucket?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly addressingStyle?: 'auto' | 'path' | 'virtual';
  readonly signRequest?: boolean;
  readonly useInstanceCredentials?: boolean;
  readonly caBundle?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly requestPayer?: boolean;
  readonly expectedBucketOwner?: string;
  readonly signPayload?: 'auto' | 'always' | 'never';
  readonly verifySsl?: boolean;
  readonly connectTimeout?: number;
  readonly readTimeout?: number;
  readonly progress?: 'auto' | 'bars' | 'lines' | 'json' | 'none';
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: number;
  readonly debug?: boolean;
};

/** What put and get understand beside that. */
export type TransferFlags = {
  readonly partSize?: number;
  readonly multipartThreshold?: number;
  readonly maxParts?: number;
  readonly concurrency?: number;
  /** `false` by --no-threads. */
  readonly threads?: boolean;
  readonly jobs?: number;
  readonly maxMemory?: number;
  readonly bwlimit?: number;
  readonly retries?: number;
  readonly giveUpAfter?: number;
  readonly recursive?: boolean;
};

/** What put and cleanup understand: where this machine remembers transfers. */
export type StateFlags = { readonly stateDir?: string };

const ADDRESSING = ['auto', 'path', 'virtual'];
const PROGRESS = ['auto', 'bars', 'lines', 'json', 'none'];

/** Declares the flags of every command; they may stand before or after the command's name. */
export function addGlobalFlags(program: Command): void {
  program
    .option(
      '-e, --endpoint-url <url>',
      'address of the S3 server (default: AWS, or the environment)',
      oneValue('--endpoint-url'),
    )
    .option(
      '--bucket <name>',
      'bucket of locations written without s3:// (put, get, ls)',
      oneValue('--bucket'),
    )
    .option(
      '--region <name>',
      'region to sign for (default: from the host name, else us-east-1)',
      oneValue('--region'),
    )
    .option('--profile <name>', 'profile of ~/.aws/config and ~/.aws/credentials', oneValue('--profile'))
    .addOption(
      new Option('--addressing-style <style>', 'where the bucket stands in the URL (default: auto)').choices(
        ADDRESSING,
      ),
    )
    .option('--no-sign-request', 'send no credentials, for public buckets')
    .option('--request-payer', 'pay for requests and traffic of somebody else’s bucket')
    .option('--expected-bucket-owner <id>', 'the account that must own the bucket')
    .addOption(
      new Option(
        '--sign-payload <when>',
        'SHA-256 of every payload (default: auto: over plain http beyond this machine)',
      ).choices(['auto', 'always', 'never']),
    )
    .option(
      '--use-instance-credentials',
      'ask the machine’s metadata service for keys, also for other endpoints than AWS',
    )
    .option(
      '--ca-bundle <file>',
      'believe only certificates of these authorities (PEM; default: AWS_CA_BUNDLE)',
    )
    .option('--client-cert <file>', 'certificate this side shows to the server (PEM)')
    .option('--client-key <file>', 'its key (default: in the file of the certificate)')
    .option('--no-verify-ssl', 'believe any certificate; warns every time')
    .option(
      '--connect-timeout <duration>',
      'give up connecting after so long (default: 10s)',
      ofFlag('--connect-timeout', parseTimeout),
    )
    .option(
      '--read-timeout <duration>',
      'no byte for so long counts as a stall (default: 60s)',
      ofFlag('--read-timeout', parseTimeout),
    )
    .addOption(
      new Option(
        '--progress <how>',
        'progress on stderr (default: auto: bars on a terminal, else lines)',
      ).choices(PROGRESS),
    )
    .option('--json', 'results as JSON, one object a line')
    .option('-q, --quiet', 'nothing but errors and what was left behind')
    .option(
      '-v, --verbose',
      'say what was decided and why; may be repeated',
      (_, before: number | undefined) => (before ?? 0) + 1,
    )
    .option('--debug', 'requests (without secrets) and stack traces');
}

/** The same flag twice with different values is a mistake, not a choice of the last. */
function oneValue(name: string): (value: string, before: string | undefined) => string {
  return (value, before) => {
    if (before !== undefined && before !== value)
      throw new TransferError('usage', `${name} is given twice, with different values`);
    return value;
  };
}

/** Declares where this machine remembers transfers. */
export function addStateFlags(command: Command): Command {
  return command.option(
    '--state-dir <dir>',
    'where transfers are remembered (default: $XDG_STATE_HOME/partwise, else ~/.local/state/partwise)',
  );
}

/** What put and get understand of transfers that were interrupted. */
export type ResumeFlags = StateFlags & {
  /** `false` by --no-resume. */
  readonly resume?: ResumePolicy | false;
};

const POLICIES: readonly ResumePolicy[] = ['auto', 'own', 'never'];

/** Declares what is done with transfers that were interrupted. */
export function addResumeFlags(command: Command): Command {
  const resume =
    'which interrupted transfer is taken up: any that verifies, one this machine remembers, none (default: auto)';
  return addStateFlags(command)
    .addOption(new Option('--resume <policy>', resume).choices(POLICIES))
    .option('--no-resume', 'take up nothing, and leave nothing to take up: the same as --resume never');
}

/** Declares the flags that put and get share. */
export function addTransferFlags(command: Command): Command {
  return command
    .option('-r, --recursive', 'a directory or prefix with all that lies under it')
    .option(
      '-s, --part-size <size>',
      'bytes of a part (default: auto: 8MiB, grown to fit the number of parts)',
      ofFlag('--part-size', orAuto(parseSize)),
    )
    .option(
      '-c, --concurrency <n>',
      'parts at a time, over all files (default: auto: 8, and as many more as bring more)',
      ofFlag('--concurrency', orAuto(parseLanes)),
    )
    .addOption(
      new Option('--no-threads', 'one part at a time, as in boto3: the same as --concurrency 1').hideHelp(),
    )
    .option('-j, --jobs <n>', 'files at a time (default: 8)', ofFlag('--jobs', parseLanes))
    .option(
      '--max-memory <size>',
      'memory for part buffers (default: 256MiB)',
      ofFlag('--max-memory', parseSize),
    )
    .option(
      '--bwlimit <rate>',
      'bytes a second over all files, like 10MiB/s (default: no limit)',
      ofFlag('--bwlimit', parseRate),
    )
    .option('--retries <n>', 'attempts a part (default: 8)', ofFlag('--retries', parseCount))
    .option(
      '--give-up-after <duration>',
      'stop when nothing was acknowledged for so long (default: 5m)',
      ofFlag('--give-up-after', parseTimeout),
    );
}

import { type Command, Option } from 'commander';
import { TransferError } from '../transfer/errors.ts';

/** What put and get understand of proofs. */
export type IntegrityFlags = {
  readonly requireChecksum?: boolean;
  readonly verifyOnly?: boolean;
  /** `false` by --no-verify, which only get has. */
  readonly verify?: boolean;
};

/** Declares how much proof is wanted. */
export function addIntegrityFlags(command: Command): Command {
  return command
    .option('--require-checksum', 'an item that is proven by no checksum or ETag is an error (exit 7)')
    .option('--verify-only', 'move nothing: prove that local and remote are the same (exit 7 if not)');
}

const CHECKSUMS = ['auto', 'crc64nvme', 'crc32', 'crc32c', 'sha256', 'sha1', 'md5', 'none'] as const;
export type ChecksumName = (typeof CHECKSUMS)[number];

/** Declares which checksum goes with what is stored. */
export function addChecksumFlag(command: Command): Command {
  const help = 'checksum sent with every part (default: auto: crc32, or what the server takes)';
  return command.addOption(new Option('--checksum-algorithm <name>', help).choices(CHECKSUMS));
}

/** @throws TransferError `usage` for flags that contradict each other */
export function checkIntegrityFlags({ requireChecksum, verifyOnly, verify }: IntegrityFlags): void {
  if (verify !== false) return;
  const other = verifyOnly ? '--verify-only' : requireChecksum ? '--require-checksum' : undefined;
  if (other) throw new TransferError('usage', `--no-verify and ${other} contradict each other`);
}

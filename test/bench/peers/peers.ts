import type { Peer } from '../contestant.ts';
import { awsCli } from './aws-cli.ts';
import { awscrt } from './awscrt.ts';
import { boto3 } from './boto3.ts';
import { mc } from './mc.ts';
import { rclone } from './rclone.ts';
import { s3cmd } from './s3cmd.ts';
import { s5cmd } from './s5cmd.ts';

/** All that partwise is compared with. */
export const PEERS: readonly Peer[] = [s5cmd, mc, rclone, awscrt, awsCli, boto3, s3cmd];

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort, type ServerProcess, startProcess, startQuietly } from './server-process.ts';

const run = promisify(execFile);
const TRIES = 60;

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

/**
 * Ceph's gateway over a cluster of one: a monitor, and a disk that is memory. Nothing of it is a service of the
 * machine; its processes end with the tests, and all it writes is below `dir`.
 */
export async function startRadosgw(dir: string, keys: Keys): Promise<ServerProcess> {
  const config = join(dir, 'ceph.conf');
  const env = { CEPH_CONF: config };
  const tool = async (name: string, ...args: readonly string[]): Promise<string> => {
    const { PATH = '' } = process.env;
    const { stdout } = await run(name, args, { env: { PATH, ...env }, timeout: 60_000 });
    return stdout;
  };
  const running: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const server of running.toReversed()) await server.stop();
  };
  try {
    for (const folder of ['mon', 'osd', 'rgw', 'log', 'run']) await mkdir(join(dir, folder));
    const fsid = randomUUID();
    const [v2, v1] = [await findFreePort(), await findFreePort()];
    await writeFile(config, describeCluster(dir, fsid, `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`));

    const map = join(dir, 'monmap');
    const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
    await tool('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', address, map);
    await tool('ceph-mon', '-i', 'a', '--mkfs', '--monmap', map);
    running.push(startQuietly('ceph-mon', ['-i', 'a', '-f'], env));

    // The tool waits for the monitor by itself.
    const osd = randomUUID();
    await tool('ceph', '--connect-timeout', '50', 'osd', 'new', osd);
    await tool('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd);
    running.push(startQuietly('ceph-osd', ['-i', '0', '-f'], env));
    await waitUntil(async () => (await tool('ceph', 'osd', 'stat')).includes('1 up'));

    const { accessKeyId, secretAccessKey } = keys;
    const pair = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
    await tool('radosgw-admin', 'user', 'create', '--uid=tests', '--display-name=tests', ...pair);
    const gateway = await startProcess('radosgw', (host) => ({
      args: ['-n', 'client.rgw', '-f', `--rgw_frontends=beast endpoint=${host}`],
      env,
    }));
    running.push(gateway);
    return { endpoint: gateway.endpoint, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nobody else reaches these ports, so nobody proves who he is; the gateway still checks every signature. */
function describeCluster(dir: string, fsid: string, monitor: string): string {
  const settings = {
    fsid,
    'mon host': monitor,
    'public addr': '127.0.0.1',
    'ms bind ipv6': false,
    'auth cluster required': 'none',
    'auth service required': 'none',
    'auth client required': 'none',
    // The gateway wants to talk to the monitor in cipher, which needs a proof.
    'ms mon client mode': 'crc',
    'run dir': join(dir, 'run'),
    'admin socket': join(dir, 'run', '$name.asok'),
    'log file': join(dir, 'log', '$name.log'),
    'mon data': join(dir, 'mon'),
    'mon data avail crit': 1,
    'mon data avail warn': 2,
    'mon max pg per osd': 1000,
    'mon allow pool size one': true,
    'osd data': join(dir, 'osd'),
    'osd objectstore': 'memstore',
    // Objects live in the memory of the disk's process, no more than this.
    'memstore device bytes': 4 * 1024 ** 3,
    'osd crush chooseleaf type': 0,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 4,
    'osd pool default pgp num': 4,
    'rgw data': join(dir, 'rgw'),
    'rgw dns name': 'localhost',
    // What was replaced or aborted gives its memory back soon.
    'rgw gc obj min wait': 5,
    'rgw gc processor period': 10,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${String(value)}`);
  return `[global]\n${lines.join('\n')}\n`;
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 1; !(await isSo()); attempt++) {
    if (attempt === TRIES) throw new Error('the cluster does not come up');
    await sleep(500);
  }
}

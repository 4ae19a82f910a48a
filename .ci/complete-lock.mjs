// Completes package-lock.json with the optional packages of other platforms: node .ci/complete-lock.mjs
// A registry that serves only this platform's binaries makes npm leave the others out of the lock, and then its own
// `npm ci` refuses it. What the registry says of each goes into the lock too, so that no platform installs unverified bytes.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'package-lock.json';
const SYSTEMS = new Set(['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'netbsd', 'openbsd', 'sunos', 'aix']);
const PROCESSORS = new Set(['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32']);

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const { packages } = lock;
let added = 0;
for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue;
    const words = name.split('/').at(-1).split('-');
    const os = words.find((word) => SYSTEMS.has(word));
    const cpu = words.find((word) => PROCESSORS.has(word));
    packages[`node_modules/${name}`] = {
      version,
      ...(cpu && { cpu: [cpu] }),
      ...(dev && { dev: true }),
      optional: true,
      ...(os && { os: [os] }),
      ...(words.includes('musl') && { libc: ['musl'] }),
    };
    added++;
  }
}
for (const [path, entry] of Object.entries(packages)) {
  if (path === '' || entry.integrity) continue;
  const name = path.split('node_modules/').at(-1);
  const { version, ...rest } = entry;
  const integrity = execFileSync('npm', ['view', `${name}@${version}`, 'dist.integrity'], { encoding: 'utf8' }).trim();
  if (!integrity.startsWith('sha512-')) throw new Error(`the registry has no integrity of ${name}@${version}`);
  packages[path] = { version, integrity, ...rest };
}
const [root, ...others] = Object.entries(packages);
others.sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries([root, ...others]);
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);

// A plugin of rolldown: writes THIRD-PARTY-LICENSES.txt beside the bundle, from the modules that are really in it. It fails
// the build for a licence that is not allowed, and for a package without a text of its licence. rollup-plugin-license does
// the same, but asks for rollup itself, and brings eight packages along.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** Permissive, and content with their text being handed on. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);
const TEXTS = /^(?:licen[cs]e|notice|copying)(?:[.-].*)?$/i;
/** The Apache licence reads the same everywhere, so one copy serves packages that ship none. All others name their authors. */
const APACHE = 'node_modules/@aws-sdk/client-s3/LICENSE';

export function bundledLicences() {
  return {
    name: 'bundled-licences',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
      const packages = new Map(modules.flatMap((id) => packageOf(id) ?? []).map((found) => [`${found.name} ${found.version}`, found]));
      const source = print([...packages.values()].toSorted((a, b) => a.name.localeCompare(b.name, 'en')));
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
    },
  };
}

/** The package that a module comes from; nothing for the program's own. */
function packageOf(id) {
  // What rolldown itself adds, to load modules, has its licence too.
  const path = id.startsWith('\0') ? join('node_modules', 'rolldown', 'dist', 'runtime.js') : id;
  if (!path.includes(`node_modules${sep}`)) return [];
  for (let folder = dirname(path); folder.includes('node_modules'); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    // Some folders only say of which kind their modules are.
    const { name, version, license } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    if (name && version) return [{ name, version, license, folder }];
  }
  throw new Error(`${id} belongs to no package`);
}

function textOf({ name, license, folder }) {
  if (!ALLOWED.has(license)) throw new Error(`${name} has the licence ${license}, which .ci/bundled-licences.mjs does not allow`);
  const files = readdirSync(folder).filter((file) => TEXTS.test(file)).toSorted();
  const own = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  if (own !== '') return own;
  if (license === 'Apache-2.0') return readFileSync(APACHE, 'utf8').trim();
  throw new Error(`${name} ships no text of its licence`);
}

/** Each text once, below the packages that it is about. */
function print(packages) {
  const byText = groupBy(packages, textOf);
  const parts = Array.from(byText, ([text, group]) => {
    const names = group.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return `${names.join('\n')}\n\n${text}\n`;
  });
  return ['The program of partwise contains these packages.\n', ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}

/** Node 20 has no Map.groupBy. */
function groupBy(all, keyOf) {
  const groups = new Map();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}

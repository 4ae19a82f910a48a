import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { dependencies } = require('./package.json');

/**
 * Commander wants `node:child_process` for programs that are commands of others; we have none. It would take 5 ms of every
 * start (measured).
 */
const laterForCommander = {
  name: 'later-for-commander',
  resolveId: (id, importer = '') =>
    id === 'node:child_process' && importer.includes('/node_modules/commander/') ? '\0later' : undefined,
  load: (id) =>
    id === '\0later'
      ? "module.exports = { get spawn() { return require('node:child_process').spawn; } };"
      : undefined,
};

/** The package is ESM for those who use its library; without this Node would take the program's files for that too. */
const sayCommonJs = {
  name: 'say-common-js',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
  },
};

/**
 * The program as it is shipped (docs/decisions/0014-start-up.md): CommonJS, since Node starts it faster, and in few files,
 * each loaded when it is needed. The library is what tsc makes.
 */
export default {
  input: { main: 'src/cli/main.ts', 'read-thread': 'src/local/read-thread.ts' },
  platform: 'node',
  // Has binaries of its own; everything else is in the bundle.
  external: Object.keys(dependencies).filter((name) => name === '@node-rs/crc32'),
  plugins: [laterForCommander, sayCommonJs],
  output: {
    dir: 'dist/program',
    cleanDir: true,
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
};

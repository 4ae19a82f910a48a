import { bundledLicences } from './.ci/bundled-licences.mjs';

/** The package is ESM for those who use its library; without this Node would take the program's files for that too. */
const sayCommonJs = {
  name: 'say-common-js',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
  },
};

/**
 * The program as it is shipped (docs/decisions/0014-start-up.md): CommonJS, since Node starts it faster, in files that are
 * loaded when they are needed. Names stay, for stack traces. The library is what tsc makes.
 */
export default {
  input: { main: 'src/cli/main.ts', 'read-thread': 'src/local/read-thread.ts' },
  platform: 'node',
  // It has binaries of its own; everything else is in the bundle.
  external: ['@node-rs/crc32'],
  plugins: [sayCommonJs, bundledLicences()],
  logLevel: 'warn',
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

// Started with --import: writes the specifier of every module that is loaded to the file IMPORT_LOG names.
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Hooks run in a thread of their own, which loads this file again.
if (isMainThread) register(import.meta.url);

/** The hook of node:module. */
export async function resolve(specifier, context, next) {
  appendFileSync(process.env.IMPORT_LOG, `${specifier}\n`);
  return await next(specifier, context);
}

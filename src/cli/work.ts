// All that commands do, loaded in one go when the first of it is needed: in files of their own a small put took a tenth
// longer (measured). Help needs none of it.
export { endBadly, runCommand } from './run-command.ts';
export { abort } from './work/abort.ts';
export { cleanup } from './work/cleanup.ts';
export { complete } from './work/complete.ts';
export { completion } from './work/completion.ts';
export { get } from './work/get.ts';
export { ls } from './work/ls.ts';
export { put } from './work/put.ts';

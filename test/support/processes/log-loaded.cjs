'use strict';

// Started with --require: at the end, writes the path of every file that was loaded to the file LOADED_LOG names.
const { writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.LOADED_LOG, Object.keys(require.cache).join('\n')));

// Started with --import: when the file PARTWISE_TEST_FAULT names appears, throws where nobody catches it, or leaves
// a rejection behind, as the file says.
import { existsSync, readFileSync } from 'node:fs';

const file = process.env.PARTWISE_TEST_FAULT;
const timer = setInterval(() => {
  if (!existsSync(file)) return;
  clearInterval(timer);
  const error = new Error('a mistake of the tests');
  if (readFileSync(file, 'utf8') === 'reject') void Promise.reject(error);
  else throw error;
}, 20).unref();

import { answers } from './answers.ts';
import { globs } from './globs.ts';
import { journal } from './journal.ts';
import { xml } from './xml.ts';
import type { FuzzTarget } from './target.ts';

/** All targets: a new one needs its file and a line here. */
export const TARGETS: readonly FuzzTarget[] = [xml, answers, globs, journal];

import type { Random } from '../soak/random.ts';

/** Code that is fed drawn input, one case after the other. A target is a file of this folder, listed in targets.ts. */
export type FuzzTarget = {
  /** What `--only` calls it. */
  readonly name: string;
  /**
   * Draws one case and checks the code against it. The same draws must make the same case: nothing in it may come from
   * the clock, the machine or the case before.
   * @throws Finding what is wrong, with the input; any other error counts as a finding as well
   */
  one(random: Random): void | Promise<void>;
};

/** Something that the code does wrong, and the input that makes it do so. */
export class Finding extends Error {
  override readonly name = 'Finding';
  readonly input: string;

  constructor(message: string, input: string, cause?: unknown) {
    super(message, { cause });
    this.input = input;
  }
}

/** The page may be good, but not in a form that is read here; never leaves this folder. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/**
 * What CI systems take for a command wherever it stands in a line: `##[…]` and `##vso[…]` (Azure Pipelines, GitHub
 * Actions), `##teamcity[…]`. The `#` that an escape has to replace.
 */
const INLINE = /#(?=#[a-z]*\[)/gi;

/** Replaces the first character of every such command, so that none is left. */
export function defuseCommands(text: string, escape: string): string {
  return text.replace(INLINE, escape);
}

/** Whether a line would be taken for a command: by the above, or by `::` or `##` at its start. */
export function isCommand(text: string): boolean {
  return text.search(INLINE) !== -1 || /^\s*(?:::|##)/.test(text);
}

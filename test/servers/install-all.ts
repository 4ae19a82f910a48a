import { installProgram } from './install.ts';
import { type ProgramName, RECIPES } from './recipes.ts';

const skipped: string[] = [];

/**
 * Before the tests: installs everything once, so that no two test files do it at the same time. One after the
 * other: a build uses all cores by itself.
 */
export async function setup(): Promise<void> {
  skipped.push(...(await installAll()));
}

/** After the tests: says what was left out. */
export async function teardown(): Promise<void> {
  for (const line of new Set(skipped)) process.stdout.write(`${line}\n`);
}

/** Installs everything; answers a line for each program that cannot be had. */
export async function installAll(said: (name: ProgramName) => void = () => {}): Promise<string[]> {
  const missing: string[] = [];
  for (const name of namesOf(RECIPES)) {
    const installed = await installProgram(name);
    if ('skipped' in installed) missing.push(`skipped: ${name}: ${installed.skipped}`);
    else said(name);
  }
  return missing;
}

function namesOf<Name extends string>(recipes: Readonly<Record<Name, unknown>>): Name[] {
  const names: Name[] = [];
  for (const name in recipes) names.push(name);
  return names;
}

// Installs the programs that partwise is compared with: npm run bench:peers
import { join } from 'node:path';
import { cacheFolder, installCached } from '../../servers/install.ts';
import { PEER_RECIPES } from './recipes.ts';

for (const [name, { shelf, ...recipe }] of Object.entries(PEER_RECIPES)) {
  const installed = await installCached(name, recipe, join(cacheFolder(), shelf));
  const line = 'skipped' in installed ? `skipped: ${name}: ${installed.skipped}` : `installed: ${name}`;
  process.stdout.write(`${line}\n`);
}

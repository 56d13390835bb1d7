// Installs what package-lock.json asks for when node_modules does not hold it yet.
// Runs before anything is installed, so it imports nothing but Node's own modules.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 19];
const root = fileURLToPath(new URL('..', import.meta.url));

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** The first package of the lock file that node_modules lacks or holds in another version. */
const firstDifference = () => {
  // npm writes this file last, so a broken install leaves none.
  const stamp = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(stamp)) return 'node_modules is missing';
  const installed = packagesOf(stamp);
  for (const [path, wanted] of Object.entries(packagesOf(join(root, 'package-lock.json')))) {
    if (!path.startsWith('node_modules/')) continue;
    const found = installed[path];
    if (!found && wanted.optional) continue; // built for another platform
    if (!found) return `${path} is missing`;
    if (found.version !== wanted.version || found.resolved !== wanted.resolved)
      return `${path} is not as package-lock.json says`;
  }
  return undefined;
};

const refuseOldNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(
    `Node ${OLDEST_NODE.join('.')} or newer is needed; this is Node ${process.versions.node}. ` +
      'Install a newer Node and run the command again.',
  );
  process.exit(1);
};

/** Ends the process when Node is too old or the installation fails. */
export function ensureInstalled() {
  refuseOldNode();
  const reason = firstDifference();
  if (!reason) return;
  console.log(`Installing dependencies with "npm ci" (${reason}).`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error('"npm ci" failed; its own output above says why.');
  process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) ensureInstalled();

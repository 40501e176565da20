import { fileURLToPath } from 'node:url';

const preload = fileURLToPath(new URL('./preload.cjs', import.meta.url));

/**
 * What traces a Node service with no change to it, through npm scripts and shells: the service's own NODE_OPTIONS with our preload behind
 * them. `--require` and not `--import`, which would send a CommonJS service through the other loader.
 */
export function injectionEnv(existingNodeOptions: string | undefined): { NODE_OPTIONS: string } {
  const ours = `--require ${quoted(preload)}`;
  return { NODE_OPTIONS: existingNodeOptions ? `${existingNodeOptions} ${ours}` : ours };
}

/** NODE_OPTIONS takes double quotes, with a backslash before a quote or a backslash. */
function quoted(path: string): string {
  return /[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}

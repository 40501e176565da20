/** A frame in the data of 0x's page, up to the end of its name. */
const frame = /"name":"((?:[^"\\]|\\.)*)"/g;
/** Where Node's own functions say they are: `emit node:events:489:44`. */
const core = / node:[^ ]+:\d+:\d+$/;
/** Sources that Node runs beside .js and .mjs. */
const source = /\.(?:[cm]?tsx?|cjs|jsx):\d+:\d+$/;

/**
 * 0x 6.0.0 takes every function outside of a .js or .mjs file for one of V8's, and hides those: of a TypeScript service nothing
 * would be seen but "all stacks", nor of Node's own modules, which have been called node:... since Node 16. A frame that says its
 * type is believed, so the ones that 0x does not know get theirs.
 */
export function withFrameTypes(page: string): string {
  return page.replace(frame, (whole, name: string) => {
    const type = typeOf(name);
    return type === null ? whole : `${whole},"type":"${type}"`;
  });
}

function typeOf(name: string): 'core' | 'deps' | 'app' | null {
  if (core.test(name)) return 'core';
  if (!source.test(name)) return null;
  return /[\\/]node_modules[\\/]/.test(name) ? 'deps' : 'app';
}

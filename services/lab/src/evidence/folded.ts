import { z } from 'zod';

/** `ticks.json` of 0x: one stack per sample, outermost frame first; an empty stack is a sample outside of any code. */
export const ticksSchema = z.array(z.array(z.object({ name: z.string(), type: z.string().optional() })));
type Tick = z.infer<typeof ticksSchema>[number];

/**
 * Folded stacks (Brendan Gregg's format): "outer;inner count" by line, sorted. Frames are `name file:line` with files relative to
 * the project; samples in which the process waited are left out, so that counts are CPU time.
 */
export function foldTicks(ticks: readonly Tick[], project: string): { text: string; samples: number } {
  const stacks = ticks.map((tick) => framesOf(tick, project)).filter((frames) => isBusy(frames));
  const counts = new Map<string, number>();
  for (const frames of stacks) {
    const stack = frames.join(';');
    counts.set(stack, (counts.get(stack) ?? 0) + 1);
  }
  const lines = [...counts].map(([stack, samples]) => `${stack} ${samples}\n`).sort();
  return { text: lines.join(''), samples: stacks.length };
}

function framesOf(tick: Tick, project: string): string[] {
  return tick
    .filter(({ name }) => !name.includes('/0x/lib/preload/'))
    .map((frame) => frameName(frame, project));
}

/** V8 writes "name file:line:column", with no name for what has none. */
function frameName({ name, type }: Tick[number], project: string): string {
  const located = /^(?:(?<name>.*?) )?(?<file>(?:file:\/\/|node:|\/).*|[^ ]+):(?<line>\d+):\d+$/.exec(
    name,
  )?.groups;
  if (type === 'JS' && located) {
    const file = relativeFile(located.file ?? '', project);
    return clean(`${located.name || '(anonymous)'} ${file}:${located.line}`);
  }
  return clean(`${name} [${kinds[type ?? ''] ?? 'native'}]`);
}

const kinds: Readonly<Record<string, string>> = { CODE: 'builtin', JS: 'wasm', SHARED_LIB: 'library' };

function relativeFile(file: string, project: string): string {
  const path = file.startsWith('file://') ? decodeURIComponent(file.slice('file://'.length)) : file;
  return path.startsWith(`${project}/`) ? path.slice(project.length + 1) : path;
}

/** A semicolon would end the frame, a line break the stack. */
function clean(frame: string): string {
  return frame.replaceAll(';', ',').replace(/\s+/g, ' ').trim();
}

/** Waiting for the network shows as a system call alone, or as no frame at all. */
function isBusy(frames: readonly string[]): boolean {
  const innermost = frames.at(-1);
  return innermost !== undefined && !/^(__)?(epoll_p?wait|poll|futex|nanosleep)\b/.test(innermost);
}

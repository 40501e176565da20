/**
 * Ends everything that one process started, even after that one was killed with -9:
 * it hands over its children on stdin, and the kernel closes that pipe when it dies.
 *
 * Usage: node reaper.ts <mark> [<child>...]; lines on stdin: a child, `<pid> <startTime> <pgid>`, to hand over, `bye` to end
 * without killing.
 */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { type Identity, membersOf, signalAll } from './proc.ts';

const [, , mark, ...children] = process.argv;
if (!mark) throw new Error('usage: node reaper.ts <mark> [<child>...]');

// Ctrl-C and a closing terminal are for the owner; this one ends when the owner has.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const known: Identity[] = [];
for (const child of children) know(child);
try {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'bye') process.exit();
    know(line);
  }
} catch {
  // A pipe that breaks says the same as one that ends.
}

// A child that was just being forked shows its mark a moment later, so one empty pass is not enough.
// One that hangs in the kernel dies of the signal it has already got: after a minute there is nothing left to do.
const giveUpAt = performance.now() + 60_000;
for (let emptyPasses = 0; emptyPasses < 2 && performance.now() < giveUpAt; ) {
  const members = membersOf({ known, hasMark: (found) => found.startsWith(`${mark}.`) });
  signalAll(members, known, 'SIGKILL');
  emptyPasses = members.length === 0 ? emptyPasses + 1 : 0;
  await pause(5);
}

function know(line: string): void {
  const [pid, startTime, pgid] = line.split(' ').map(Number);
  if (pid && startTime && pgid) known.push({ pid, startTime, pgid });
}

import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

/** Enough for a stack trace; a log may be gigabytes long, and a single line of it too. */
const tailBytes = 64 * 1024;
const lineCharacters = 500;

/** The last lines of a log, fit for a terminal: without control characters. */
export async function readLogTail(path: string, lines: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
    const text = buffer.toString('utf8', 0, bytesRead).trimEnd();
    return text.split('\n').slice(-lines).map(forTerminal).join('\n');
  } finally {
    await file.close();
  }
}

function forTerminal(line: string): string {
  const plain = stripVTControlCharacters(line)
    .replaceAll('\t', '  ')
    .replace(/\p{Cc}/gu, '');
  return plain.length > lineCharacters ? `${plain.slice(0, lineCharacters)}…` : plain;
}

import { DynoError } from '../errors.ts';

/**
 * A command line as program and arguments. Quotes and backslashes mean what they mean to a shell;
 * what only a shell can do (pipes, variables, wildcards, `A=1 node ...`) is given to `sh -c` whole.
 */
export function wordsOf(line: string): [string, ...string[]] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (quote === null && /\s/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    if (quote !== "'" && letter === '\\') {
      at += 1;
      // Within double quotes a backslash escapes only these, as in POSIX.
      const escapes = quote === null || /["\\$`]/.test(line.charAt(at));
      word = (word ?? '') + (escapes ? '' : '\\') + line.charAt(at);
      continue;
    }
    if (quote === null && (letter === '"' || letter === "'")) {
      quote = letter;
      word ??= '';
      continue;
    }
    if (letter === quote) {
      quote = null;
      continue;
    }
    const needsShell = quote === null ? /[|&;<>()$`*?[\]{}~#!]/ : /[$`]/;
    if (quote !== "'" && needsShell.test(letter)) return throughShell(line);
    word = (word ?? '') + letter;
  }
  if (quote !== null) throw new DynoError(`The command ${line} has a ${quote} without an end.`);
  if (word !== null) words.push(word);
  const [program, ...args] = words;
  if (program === undefined || program === '') throw new DynoError('The command of a service is empty.');
  return /^\w+=/.test(program) ? throughShell(line) : [program, ...args];
}

function throughShell(line: string): [string, ...string[]] {
  return ['sh', '-c', line];
}

import { stripVTControlCharacters } from 'node:util';

/** Text from elsewhere (titles, log lines, names) as plain text of one line in a terminal: no escape sequences, controls or direction marks. */
export function terminalText(text: string): string {
  return [...stripVTControlCharacters(text)]
    .map((letter) => (isControl(letter) ? ' ' : letter))
    .join('')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** The same in Markdown, where it can be neither markup, nor HTML, nor a link, nor a mention. */
export function markdownText(text: string): string {
  return (
    terminalText(text)
      .replace(/[\\`*_{}[\]|~]/g, '\\$&')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/^([#+-])(?=\s|$)/, '\\$1')
      .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
      // Renderers look for these in the finished text, so a backslash does not help: a space of no width does.
      .replace(/@|#(?=\d)|:(?=\/\/)|www(?=\.)/gi, `$&${zeroWidthSpace}`)
  );
}

const zeroWidthSpace = '\u200b';

/** C0 and C1 controls, line and paragraph separators, and marks that reorder or hide text. */
function isControl(letter: string): boolean {
  return /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(letter);
}

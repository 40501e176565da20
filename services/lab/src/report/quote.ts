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

/** A link in Markdown, or only its title where the address is not plain http. */
export function markdownLink(title: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return markdownText(title);
  // What could end the address early, in either notation, as its percent code.
  const safe = url.href.replace(/[\s<>()[\]\\`|]/g, (letter) => `%${hex(letter)}`);
  return `[${markdownText(title)}](${safe})`;
}

/** Inside an element or an attribute in double quotes; what XML 1.0 cannot hold at all is left out. */
export function xmlText(text: string): string {
  return terminalText(text)
    .replace(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** One cell of a CSV file (RFC 4180). A spreadsheet takes text that begins like a formula for one: an apostrophe in front prevents it. */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const plain = terminalText(value);
  const text = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvText(rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  return rows.map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

const zeroWidthSpace = '\u200b';

function hex(letter: string): string {
  return letter.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase();
}

/** C0 and C1 controls, line and paragraph separators, and marks that reorder or hide text. */
function isControl(letter: string): boolean {
  return /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(letter);
}

/** A database statement in few words: what it does, and to which table. Null where the text does not begin like one. */
export function statementTitle(statement: string): string | null {
  const verb = /^[\s(]*(select|insert|update|delete|replace|call|with|begin|commit|rollback|set)\b/i.exec(
    statement,
  )?.[1];
  if (!verb) return null;
  const table = /\b(?:from|into|update|join)\s+[`"[]?([\w$]+(?:[`"\]]?\.[`"[]?[\w$]+)*)/i.exec(
    statement,
  )?.[1];
  return [verb.toUpperCase(), table?.replace(/[`"[\]]/g, '')].filter(Boolean).join(' ');
}

/** White space as one space each, outside of quoted text too: for one line. */
export const onOneLine = (statement: string): string => statement.replace(/\s+/g, ' ').trim();

const clauses =
  /(?<!\b(?:left|right|inner|cross|outer))\s+(?=(?:from|where|group by|having|order by|limit|union|values|set|on duplicate|(?:left |right |inner |cross |outer )*join|returning)\b)/gi;

/** A line per clause, quoted text left alone: long statements as people write them. */
export function statementLines(statement: string): string[] {
  // Odd pieces are quoted.
  const pieces = statement.split(/('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`)/);
  return pieces
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/\s+/g, ' ').replace(clauses, '\n')))
    .join('')
    .trim()
    .split('\n');
}

/**
 * What statements that differ in their values alone have in common: drivers that put values into the text would otherwise make
 * every query of an N+1 look like another one.
 */
export function statementShape(statement: string): string {
  return onOneLine(statement)
    .replace(/'(?:[^'\\]|\\.|'')*'/g, '?')
    .replace(/(?<![\w$.])-?\d+(?:\.\d+)?\b(?!\.)/g, '?')
    .replace(/\(\s*\?(?:\s*,\s*\?)+\s*\)/g, '(?)');
}

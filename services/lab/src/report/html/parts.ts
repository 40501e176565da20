import { createElement as h, type ReactNode } from 'react';

/** A chapter of the file: a title that says what is seen, what it is in small, and the content. */
export function section(
  { id, title, subtitle }: { id: string; title: string; subtitle?: string },
  ...content: ReactNode[]
): ReactNode {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title`, key: id },
    h('h2', { id: `${id}-title` }, title),
    subtitle ? h('p', { className: 'subtitle' }, subtitle) : null,
    ...content,
  );
}

/** One picture that no page break cuts, and behind it the same as a table where there is one. */
export function figure(
  { id, title, subtitle }: { id: string; title: string; subtitle: string },
  picture: ReactNode,
  table?: ReactNode,
): ReactNode {
  return h(
    'figure',
    { id, key: id },
    h(
      'div',
      { className: 'picture' },
      h('figcaption', null, h('h3', null, title), h('p', { className: 'subtitle' }, subtitle)),
      picture,
    ),
    table ? folded({ title: 'As a table' }, table) : null,
  );
}

/** Closed on a screen, open on paper. */
export function folded(
  { title, isOpen = false }: { title: string; isOpen?: boolean },
  ...content: ReactNode[]
): ReactNode {
  return h('details', { open: isOpen }, h('summary', null, title), ...content);
}

/** The first cell of a row is its name; columns that are named as text stand left, the others are figures. */
export function dataTable({
  caption,
  head,
  rows,
  text = [],
}: {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly ReactNode[])[];
  text?: readonly number[];
}): ReactNode {
  const kind = (column: number) => (column === 0 || text.includes(column) ? 'text' : 'number');
  return h(
    'div',
    // What scrolls sideways on a phone can be scrolled by keys.
    { className: 'scroll', role: 'region', 'aria-label': caption, tabIndex: 0 },
    h(
      'table',
      { className: 'data' },
      h('caption', { className: 'visually-hidden' }, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          head.map((title, column) => h('th', { key: title, scope: 'col', className: kind(column) }, title)),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((cells, row) =>
          h(
            'tr',
            { key: row },
            cells.map((cell, column) =>
              h(
                column === 0 ? 'th' : 'td',
                {
                  key: head[column] ?? column,
                  className: kind(column),
                  ...(column === 0 && { scope: 'row' }),
                },
                cell,
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

export function facts(rows: readonly (readonly [string, string])[]): ReactNode {
  return h(
    'dl',
    { className: 'facts' },
    rows.map(([name, value]) => h('div', { key: name }, h('dt', null, name), h('dd', null, value))),
  );
}

/** Read aloud and by machines, not seen. */
export function hidden(text: string): ReactNode {
  return h('span', { className: 'visually-hidden' }, text);
}

/** A mark that is seen, and its meaning that is heard. */
export function mark(symbol: string, meaning: string): ReactNode {
  return h('span', { className: 'mark' }, h('span', { 'aria-hidden': true }, symbol), hidden(meaning));
}

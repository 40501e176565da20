import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createElement as h, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { terminalText } from '../quote.ts';

/** A page as one file: no script, nothing asked of any other place, as its own policy says, so that it can be opened from a mail. */
export function htmlFile(
  { title, runId }: { title: string; runId: string },
  content: readonly ReactNode[],
): string {
  const page = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charSet: 'utf-8' }),
      h('meta', { httpEquiv: 'Content-Security-Policy', content: policy }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'generator', content: 'Dyno' }),
      h('title', null, `${title} · ${runId}`),
      // The run id in it is of small letters, digits and hyphens.
      h('style', null, `${styles()}${pageFooter(runId)}`),
    ),
    h('body', null, h('main', null, ...content)),
  );
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

/** Who reads the file sits in another time zone. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const utc = { timeZone: 'UTC' };
  const day = date.toLocaleDateString('en-GB', { ...utc, day: 'numeric', month: 'short', year: 'numeric' });
  return `${day}, ${date.toLocaleTimeString('en-GB', { ...utc, hour: '2-digit', minute: '2-digit' })} UTC`;
}

/** Colours follow the reader's theme, on paper they are the light ones. */
function styles(): string {
  const palette = cssOf(import.meta.resolve('@dyno/charts/palette.css')).replace(
    /@media screen \{\s*:root\[data-mantine-color-scheme="dark"\] (\{[^}]*\})\s*\}/,
    '@media screen and (prefers-color-scheme: dark) { :root $1 }',
  );
  const charts = cssOf(import.meta.resolve('@dyno/charts/charts.css'));
  return [palette, charts, cssOf(import.meta.resolve('./report.css'))].join('\n');
}

/** Without its comments, which are for us. */
function cssOf(url: string): string {
  return readFileSync(fileURLToPath(url), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\n{2,}/g, '\n');
}

/** At the foot of each page of paper. */
function pageFooter(runId: string): string {
  return `@page { @bottom-left { content: "Dyno, run ${runId}"; } @bottom-right { content: "Page " counter(page) " of " counter(pages); } }`;
}

/** Without control characters and marks that reorder text, wherever they come from. */
export function plain<Value>(value: Value): Value {
  if (typeof value === 'string') return terminalText(value) as Value;
  if (Array.isArray(value)) return value.map(plain) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [plain(key), plain(child)])) as Value;
}

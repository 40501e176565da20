import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';

/** One file each in templates/. */
export const templateNames = [
  'page',
  'profile',
  'summary',
  'months',
  'orders',
  'favourites',
  'reviews',
  'arrivals',
] as const;
export type TemplateName = (typeof templateNames)[number];
const partialNames = ['money', 'product'] as const;

export type Render = (name: TemplateName, view: unknown) => string;

/** What a renderer is made of: the texts, read once. */
export interface TemplateSources {
  templates: Readonly<Record<TemplateName, string>>;
  partials: Readonly<Record<(typeof partialNames)[number], string>>;
}

export function readTemplates(): TemplateSources {
  const read = <Name extends string>(names: readonly Name[]) =>
    Object.fromEntries(
      names.map((name) => [name, readFileSync(new URL(`templates/${name}.hbs`, import.meta.url), 'utf8')]),
    ) as Record<Name, string>;
  return { templates: read(templateNames), partials: read(partialNames) };
}

/** Baseline: whoever renders a page compiles its templates first, as frameworks do whose view cache is off. */
export function compiledEachTime(sources: TemplateSources): () => Render {
  return () => {
    const environment = environmentOf(sources);
    return (name, view) => environment.compile(sources.templates[name], compileOptions)(view);
  };
}

export const compileOptions = {
  // Our helpers and nothing else: a template cannot call what a name of the data happens to be.
  knownHelpersOnly: true,
  knownHelpers: { money: true, stars: true },
} as const;

/** Text is escaped wherever it is shown; the data's own properties alone can be read. */
export function environmentOf({ partials }: TemplateSources): typeof Handlebars {
  const environment = Handlebars.create();
  for (const [name, source] of Object.entries(partials)) environment.registerPartial(name, source.trimEnd());
  environment.registerHelper('money', money);
  environment.registerHelper('stars', (rating: number) => '★'.repeat(rating) + '☆'.repeat(5 - rating));
  return environment;
}

/** 123456 is "1,234.56 EUR". */
function money(cents: number): string {
  const whole = String(Math.trunc(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}.${String(cents % 100).padStart(2, '0')} EUR`;
}

import {
  compileOptions,
  environmentOf,
  type Render,
  type TemplateName,
  type TemplateSources,
} from '../account/templates.ts';
import type { Optimization } from './optimization.ts';

export const precompiledTemplates = {
  name: 'precompiled-templates',
  group: 'code',
  title: 'Precompiled templates',
  does: 'Compiles the templates of the account page once, when the service starts, instead of for each page.',
  where: ['GET /account'],
  evidence: [{ what: 'CPU time of the service', moves: 'down' }],
  risks: ['A template that is edited is seen after the next start only.'],
} as const satisfies Optimization;

export function compiledOnce(sources: TemplateSources): () => Render {
  const environment = environmentOf(sources);
  const templates = Object.fromEntries(
    Object.entries(sources.templates).map(([name, source]) => [
      name,
      environment.compile(source, compileOptions),
    ]),
  ) as Record<TemplateName, ReturnType<typeof environment.compile>>;
  const render: Render = (name, view) => templates[name](view);
  return () => render;
}

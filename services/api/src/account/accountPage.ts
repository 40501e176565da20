import type { Scope } from '../cache/key.ts';
import type { Representation, RepresentationCache } from '../cache/representation.ts';
import { throughCaches } from '../cache/through.ts';
import type { Database, Session } from '../db/database.ts';
import type { AccountReads } from './reads.ts';
import { type Section, sections } from './sections.ts';
import type { Render } from './templates.ts';

export interface AccountPageDeps {
  database: Database;
  reads: AccountReads;
  /** Compiles the templates, or has them compiled: asked for each time that something is rendered. */
  renderer: () => Render;
  /** Whole pages; empty where none are kept. */
  views: readonly RepresentationCache[];
  /** Sections; null where each page reads and renders all of them. */
  fragments: readonly RepresentationCache[] | null;
}

/** The account's page: aggregates over everything that belongs to a customer, as HTML. */
export class AccountPage {
  readonly #deps: AccountPageDeps;

  constructor(deps: AccountPageDeps) {
    this.#deps = deps;
  }

  of(customerId: number): Promise<Representation> | Representation {
    const question = { scope: { kind: 'user', id: customerId }, route: 'account', parameters: {} } as const;
    return throughCaches(this.#deps.views, question, () => this.#page(customerId));
  }

  async #page(customerId: number): Promise<Representation> {
    const render = this.#deps.renderer();
    const rendered = await this.#sections(customerId, render);
    const html = render('page', {
      sections: sections.map(({ name, title }, index) => ({
        name,
        title,
        html: rendered[index]?.body.toString() ?? '',
      })),
    });
    return representation(html, [...new Set(rendered.flatMap(({ tags }) => tags))]);
  }

  async #sections(customerId: number, render: Render): Promise<Representation[]> {
    const { database, fragments } = this.#deps;
    if (fragments !== null) {
      return Promise.all(sections.map((section) => this.#fragment(fragments, section, customerId, render)));
    }
    return database.use(async (session) => {
      const rendered: Representation[] = [];
      for (const section of sections) rendered.push(await this.#render(session, section, customerId, render));
      return rendered;
    });
  }

  async #fragment(
    caches: readonly RepresentationCache[],
    section: Section,
    customerId: number,
    render: Render,
  ): Promise<Representation> {
    const scope: Scope =
      section.audience === 'everybody' ? { kind: 'public' } : { kind: 'user', id: customerId };
    const question = { scope, route: `account/${section.name}`, parameters: {} };
    return throughCaches(caches, question, () =>
      this.#deps.database.use((session) => this.#render(session, section, customerId, render)),
    );
  }

  async #render(
    session: Session,
    section: Section,
    customerId: number,
    render: Render,
  ): Promise<Representation> {
    const reader = section.audience === 'everybody' ? nobody : customerId;
    const { view, tags } = await section.read(session, this.#deps.reads, reader);
    return representation(render(section.name, view), tags);
  }
}

/** No customer has this id: what everybody sees has nothing of the one whose page it is on. */
const nobody = 0;

function representation(html: string, tags: readonly string[]): Representation {
  return { body: Buffer.from(html), etag: null, tags };
}

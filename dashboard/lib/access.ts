import { headers } from 'next/headers';

/** What whoever looks at a page may do: `reads` can be let in by the command line, `only-reads` is a dashboard that starts nothing. */
export type Access = 'full' | 'reads' | 'only-reads';

/** The gate says it with each request; whatever a browser sends under that name is replaced there. */
export async function accessOf(): Promise<Access> {
  const said = (await headers()).get('x-dyno-access');
  return said === 'full' || said === 'only-reads' ? said : 'reads';
}

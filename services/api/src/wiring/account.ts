import { AccountPage } from '../account/accountPage.ts';
import { accountReadsBatched, accountReadsOneByOne } from '../account/reads.ts';
import { compiledEachTime, readTemplates } from '../account/templates.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { compiledOnce } from '../optimizations/precompiledTemplates.ts';
import type { Caches } from './caches.ts';

export function openAccountPage(
  { optimizations: on }: Config,
  database: Database,
  caches: Caches,
): AccountPage {
  const sources = readTemplates();
  return new AccountPage({
    database,
    reads: on.has('batched-queries') ? accountReadsBatched : accountReadsOneByOne,
    renderer: on.has('precompiled-templates') ? compiledOnce(sources) : compiledEachTime(sources),
    views: caches.views,
    fragments: caches.fragments,
  });
}

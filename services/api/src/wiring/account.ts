import { AccountPage } from '../account/accountPage.ts';
import type { AccountReads } from '../account/reads.ts';
import { compiledEachTime, readTemplates } from '../account/templates.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { compiledOnce } from '../optimizations/precompiledTemplates.ts';
import {
  readLineRowsBatched,
  readLineRowsOneByOne,
  readProductsBatched,
  readProductsOneByOne,
} from '../orders/lines.ts';
import type { Caches } from './caches.ts';

const oneByOne: AccountReads = { lineRows: readLineRowsOneByOne, products: readProductsOneByOne };
const batched: AccountReads = { lineRows: readLineRowsBatched, products: readProductsBatched };

export function openAccountPage(
  { optimizations: on }: Config,
  database: Database,
  caches: Caches,
): AccountPage {
  const sources = readTemplates();
  return new AccountPage({
    database,
    reads: on.has('batched-queries') ? batched : oneByOne,
    renderer: on.has('precompiled-templates') ? compiledOnce(sources) : compiledEachTime(sources),
    views: caches.views,
    fragments: caches.fragments,
  });
}

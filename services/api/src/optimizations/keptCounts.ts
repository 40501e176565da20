import type { CountProducts } from '../store/reading.ts';
import { countedProducts } from '../store/statements.ts';
import type { Optimization } from './optimization.ts';

export const keptCounts = {
  name: 'kept-counts',
  group: 'database',
  title: 'Kept counts',
  does: 'Reads the number of products of a category, or of all, from one small row each, which whoever adds or moves products keeps, instead of counting them for every page. With a search or filter it is still counted.',
  where: ['GET /products'],
  evidence: [{ what: 'rows that the database examines', moves: 'down' }],
  risks: [
    'Whatever writes products past the service leaves a wrong count behind; a test holds the counts against the products.',
    'Writers of one category wait for each other.',
  ],
} as const satisfies Optimization;

export const keptProductCounts: CountProducts = async (session, query, categoryId, conditions) => {
  const isFiltered = query.words.length > 0 || query.reviewed || query.since !== null;
  if (isFiltered) return countedProducts(session, query, categoryId, conditions);
  const [count] = await (categoryId === null
    ? session.rows<{ total: number | string }>('select sum(products) as total from category_counts')
    : session.rows<{ total: number | string }>(
        'select products as total from category_counts where category_id = ?',
        [categoryId],
      ));
  return Number(count?.total ?? 0);
};

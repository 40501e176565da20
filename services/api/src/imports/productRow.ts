import { z } from 'zod';
import { InputRefused } from '../jobs/job.ts';

const requiredColumns = [
  'sku',
  'name',
  'summary',
  'category',
  'price_cents',
  'stock',
  'weight_grams',
] as const;
/** Where the file has them not, products keep theirs, and new ones have none. */
const optionalColumns = ['description', 'specification'] as const;
type Column = (typeof requiredColumns)[number] | (typeof optionalColumns)[number];

const wholeNumber = (to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from 0 to ${to}`)
    .transform(Number)
    .refine((value) => value <= to, `must be a whole number from 0 to ${to}`);

/** One line of the file. Words are kept in a table of at most so long ones. */
const rowSchema = z.object({
  sku: z.string().regex(/^[A-Z0-9][A-Z0-9-]{0,19}$/, 'must be 1 to 20 capital letters, digits or "-"'),
  name: z.string().min(1, 'must not be empty').max(120, 'must be at most 120 characters'),
  summary: z
    .string()
    .max(255, 'must be at most 255 characters')
    .refine((text) => wordsOf('', text).every((word) => word.length <= 120), 'has a word that is too long'),
  category: z.string(),
  price_cents: wholeNumber(10_000_000),
  stock: wholeNumber(1_000_000),
  weight_grams: wholeNumber(1_000_000),
  description: z.string().max(16_000, 'must be at most 16000 characters').default(''),
  specification: z.string().max(16_000, 'must be at most 16000 characters').default(''),
});
export type ProductInput = z.output<typeof rowSchema>;

/** Which column of the file is which; refuses a file that does not say what is needed, naming all at once. */
export function readHeader(cells: readonly string[]): readonly Column[] {
  const known: readonly string[] = [...requiredColumns, ...optionalColumns];
  const missing = requiredColumns.filter((name) => !cells.includes(name));
  const strange = cells.filter((name, index) => !known.includes(name) || cells.indexOf(name) !== index);
  if (missing.length > 0 || strange.length > 0) {
    throw new InputRefused(
      `The first line must name the columns ${requiredColumns.join(',')} and may name ${optionalColumns.join(',')}` +
        `${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}` +
        `${strange.length > 0 ? `; unknown or repeated: ${strange.map(quoted).join(', ')}` : ''}.`,
    );
  }
  return cells as readonly Column[];
}

/** A row that fits, or a sentence that says what does not. */
export function readRow(
  header: readonly Column[],
  cells: readonly string[],
  categories: ReadonlyMap<string, number>,
): ProductInput | string {
  if (cells.length !== header.length) return `has ${cells.length} cells instead of ${header.length}`;
  const named = Object.fromEntries(header.map((name, index) => [name, cells[index]]));
  const parsed = rowSchema.safeParse(named);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  }
  if (!categories.has(parsed.data.category)) return `category ${quoted(parsed.data.category)} does not exist`;
  return parsed.data;
}

/** Whole words of name and summary, as the search understands them. */
export function wordsOf(name: string, summary: string): string[] {
  const text = `${name} ${summary.replaceAll(',', ' ').replaceAll('.', ' ')}`.toLowerCase();
  return [...new Set(text.split(' ').filter((word) => word !== ''))];
}

function quoted(text: string): string {
  return `"${text.slice(0, 40)}"`;
}

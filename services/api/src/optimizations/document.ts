import { optimizations } from './index.ts';
import { type Group, groups, type Optimization } from './optimization.ts';

const headings: Readonly<Record<Group, string>> = {
  database: 'Database',
  code: 'Code',
  caching: 'Caching',
  asynchronous: 'Asynchronous work',
  process: 'Processes',
  delivery: 'Delivery',
};

/** `docs/optimizations.md`: `node services/api/src/optimizations/document.ts > docs/optimizations.md`. */
export function documentOf(all: readonly Optimization[]): string {
  const lines = [
    '# The switches of the reference shop',
    '',
    `Written by \`node services/api/src/optimizations/document.ts\` from the ${all.length} files of \`services/api/src/optimizations/\`. \`SHOP_OPTIMIZATIONS\` names those that are on, with commas between them, or says \`all\`; empty is the baseline. Each has an experiment of its name: \`npx dyno run <name>\`; \`npx dyno ablate\` says what several are worth beside each other.`,
    '',
    '"Must move" is what has to change per request if the switch works; a faster mean without it is luck.',
  ];
  for (const group of groups) {
    const own = all.filter((optimization) => optimization.group === group);
    if (own.length === 0) continue;
    lines.push(
      '',
      `## ${headings[group]}`,
      '',
      '| switch | what it does | routes | must move | risks |',
      '|---|---|---|---|---|',
    );
    lines.push(...own.map(rowOf));
  }
  return `${lines.join('\n')}\n`;
}

function rowOf({ name, does, where, evidence, risks }: Optimization): string {
  const cells = [
    `\`${name}\``,
    does,
    where.map((route) => (route === '*' ? 'all' : `\`${route}\``)).join('<br>'),
    evidence.map(({ what, moves }) => `${moves === 'down' ? '↓' : '↑'} ${what}`).join('<br>'),
    risks.join('<br>'),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

if (import.meta.main) process.stdout.write(documentOf(optimizations));

import type { Run } from './results.ts';

export interface RunTab {
  /** Of the address below `/runs/<id>`; null is the run's own address. */
  segment: string | null;
  title: string;
  /** Segments whose pages belong to this tab as well. */
  also?: string[];
}

/** Every page of a run has one entry; it is there when what it shows is. */
const tabs: (RunTab & { isThere(run: Run): boolean })[] = [
  { segment: null, title: 'Overview', isThere: () => true },
  {
    segment: 'why',
    title: 'Why',
    also: ['traces'],
    isThere: ({ evidence, report }) => evidence !== null || report !== null,
  },
  {
    segment: 'method',
    title: 'Method',
    isThere: ({ plan, report, rounds }) => plan !== null || report !== null || rounds.length > 0,
  },
  { segment: 'files', title: 'Files', isThere: ({ files }) => files.length > 0 },
];

export function tabsOf(run: Run): RunTab[] {
  return tabs
    .filter(({ isThere }) => isThere(run))
    .map(({ segment, title, also }) => ({ segment, title, ...(also ? { also } : {}) }));
}

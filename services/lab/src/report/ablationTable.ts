import type { Ablation, AblationMetric, AblationRatio, SwitchWorth } from '@dyno/contracts/ablation';
import type { Verdict } from '@dyno/contracts/metrics';
import { change, changeInterval } from '../format.ts';

/** The same table for terminal, Markdown and page: which switch, what it is worth, alone, on top of all others, and how far the two differ. */
export const ablationHead = [
  'switch',
  'worth',
  '95 % interval',
  'alone',
  'together',
  'interaction',
  'verdict',
];

interface AblationRow {
  name: string;
  /** Empty for the last three, which are about all switches. */
  verdict: Verdict | '';
  cells: string[];
}

export function ablationRows({ switches, product, whole, remainder }: AblationMetric): AblationRow[] {
  const ofAll = (name: string, ratio: AblationRatio): AblationRow => ({
    name,
    verdict: '',
    cells: [change(ratio.estimate), intervalOf(ratio), '', '', '', ''],
  });
  return [
    ...switches.map((one) => ({
      name: one.name,
      verdict: one.verdict,
      cells: [
        change(one.worth.estimate),
        intervalOf(one.worth),
        shown(one.alone),
        `${shown(one.together)}${isConfirmed(one) ? ' ✓' : ''}`,
        shown(one.interaction),
        one.verdict,
      ],
    })),
    ofAll('all of them, by their worths', product),
    ofAll('all of them, as measured', whole),
    ofAll('what is left', remainder),
  ];
}

export const ablationFootnote =
  'Worth is averaged over the others on and off. Alone: with nothing else on; together: on top of all others, ✓ where further blocks have confirmed it; interaction: together over alone. ~ where it may be noise.';

const shown = (ratio: AblationRatio): string => `${isCertain(ratio) ? '' : '~'}${change(ratio.estimate)}`;

/** Its further blocks say, too, that it does something on top of all others. */
export const isConfirmed = ({ confirmed, together }: Pick<SwitchWorth, 'confirmed' | 'together'>): boolean =>
  confirmed && isCertain(together);

function isCertain({ low, high }: AblationRatio): boolean {
  return low > 1 || high < 1;
}

const intervalOf = ({ low, high }: AblationRatio): string => changeInterval(low, high);

/** Guards that did not pass, and what else to know. */
export function doubtsOf({ guards, notes }: Ablation): string[] {
  return [
    ...guards
      .filter(({ status }) => status !== 'pass')
      .map(({ name, detail, advice }) => `${name}: ${detail} ${advice}`),
    ...notes,
  ];
}

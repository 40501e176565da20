import type { Ablation } from '@dyno/contracts/ablation';
import { factorsMax } from './hadamard.ts';

/** What an ablation of groups leads to: an ablation of the switches inside those that win. */
export interface WinningGroups {
  /** The best first; empty where switches were compared, or no group helps for certain. */
  groups: string[];
  switches: string[];
  /** Groups that help, too, and do not fit into the same design. */
  left: string[];
}

/** Groups that are worth something for certain, the best first, as many as fit into one design with all their switches. */
export function winningGroups({ factors, metrics, valid }: Ablation): WinningGroups {
  const switchesOf = (name: string) => factors.find((one) => one.name === name)?.switches ?? [];
  const found: WinningGroups = { groups: [], switches: [], left: [] };
  const helping = valid ? (metrics[0]?.switches ?? []).filter(({ verdict }) => verdict === 'improved') : [];
  for (const { name } of helping) {
    const members = switchesOf(name);
    // A group of one switch is known already.
    if (members.length < 2) continue;
    if (found.switches.length + members.length > factorsMax) {
      found.left.push(name);
      continue;
    }
    found.groups.push(name);
    found.switches.push(...members);
  }
  return found;
}

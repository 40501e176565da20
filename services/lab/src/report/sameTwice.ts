import type { Experiment } from '@dyno/contracts/experiment';
import type { Report } from '@dyno/contracts/report';

/** Two names for one thing: whatever such a run finds is noise. */
export function isSameTwice({ baseline, candidates }: Experiment): boolean {
  const [candidate] = candidates;
  return candidate !== undefined && definitionOf(baseline) === definitionOf(candidate);
}

export function sameTwiceWords({ baseline, candidate }: Pick<Report, 'baseline' | 'candidate'>): string {
  return `Identical variants: ${baseline.name} and ${candidate.name} are the same service twice, so whatever differs here is the noise of this machine.`;
}

/** What is started, whatever it is called. A checkout lies in a folder of the variant's name. */
function definitionOf({ name, env, command, cwd, url, ref }: Experiment['baseline']): string {
  const sorted = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    sorted,
    command,
    cwd?.replaceAll(`/${name}`, ''),
    url,
    ref?.repository,
    ref?.commit,
  ]);
}

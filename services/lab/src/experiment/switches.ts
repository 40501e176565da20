import type { Factor } from '@dyno/contracts/ablationPlan';
import type { Experiment, Switch, Variant } from '@dyno/contracts/experiment';
import { DynoError } from '../errors.ts';
import { factorsMax } from '../statistics/hadamard.ts';

/** The switches of an experiment, or those of them that were asked for. */
export function chooseSwitches(experiment: Experiment, asked: readonly string[] | undefined): Switch[] {
  const { name, switches, baseline } = experiment;
  if (!switches) {
    throw new DynoError(
      `${name} declares no switches: say in the experiment what can be on or off, for example switches: { variable: 'FEATURES', of: [{ name: 'cache' }, { name: 'pool' }] }.`,
    );
  }
  if (baseline.url !== undefined || baseline.ref !== undefined) {
    throw new DynoError(
      `${name} cannot be taken apart: Dyno must start the service itself, as it is in one folder; its baseline has ${baseline.url ?? `the ref ${baseline.ref?.name}`}.`,
    );
  }
  const known = switches.of.map((one) => one.name);
  const unknown = asked?.filter((one) => !known.includes(one)) ?? [];
  if (unknown.length > 0) {
    throw new DynoError(`${name} has no switch "${unknown.join('", "')}": choose from ${known.join(', ')}.`);
  }
  const chosen = asked ? switches.of.filter((one) => asked.includes(one.name)) : switches.of;
  if (chosen.length < 2) {
    throw new DynoError(
      `One switch is a comparison: take two or more, or "dyno run" for ${chosen[0]?.name}.`,
    );
  }
  return chosen;
}

/** Each switch by itself, or by groups where they are more than one design tells apart. */
export function factorsOf(switches: readonly Switch[]): Factor[] {
  if (switches.length <= factorsMax) {
    return switches.map(({ name, title, group }) => ({
      name,
      title,
      group: group ?? null,
      switches: [name],
    }));
  }
  const lost = switches.filter(({ group }) => group === undefined).map(({ name }) => name);
  const groups = [...Map.groupBy(switches, ({ group }) => group ?? '').entries()];
  if (lost.length > 0 || groups.length < 2 || groups.length > factorsMax) {
    const why =
      lost.length > 0
        ? `${lost.join(', ')} say no group`
        : `they make ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}`;
    throw new DynoError(
      `${switches.length} switches are more than one design tells apart (${factorsMax}), and ${why}: choose some with --switches, or give them 2 to ${factorsMax} groups.`,
    );
  }
  return groups.map(([group, members]) => ({
    name: group,
    title: members.map(({ name }) => name).join(', '),
    group,
    switches: members.map(({ name }) => name),
  }));
}

/** The service with these switches on and all others off. */
export function variantWith(
  { baseline, switches }: Experiment,
  { name, on }: { name: string; on: readonly string[] },
): Variant {
  const all = switches?.of ?? [];
  const isOn = ({ name: one }: Switch) => on.includes(one);
  const env = Object.assign(
    {},
    baseline.env,
    ...all.filter((one) => !isOn(one)).map(({ off }) => off),
    ...all.filter(isOn).map((one) => one.on),
  );
  const listed = all.filter(isOn).map((one) => one.name);
  return {
    ...baseline,
    name,
    title: on.length === 0 ? 'nothing' : listed.join(', '),
    env: switches?.variable === undefined ? env : { ...env, [switches.variable]: listed.join(',') },
  };
}

import type { Guard } from '@dyno/contracts/report';
import { change, changeInterval, count, levelOf } from '../format.ts';
import { type Counted, pass, warn } from './guard.ts';

export function telemetry({ telemetryDropped }: Counted): Guard {
  const name = 'telemetry complete';
  if (telemetryDropped === null)
    return pass(name, 'No verdict rests on telemetry; its losses were not counted.');
  if (telemetryDropped === 0) return pass(name, 'No span or metric was lost.');
  return warn(
    name,
    `${count(telemetryDropped)} spans or metrics were lost: traces and panels are not the whole.`,
    'Lower --vus or --rate, or record less.',
  );
}

/** What the instruments may cost. */
const costMax = 1.05;

export function observing({ plan, observer }: Counted): Guard {
  const name = 'cost of observing';
  const own = plan.experiment.service.telemetry === 'own';
  if (!own) return pass(name, `Nothing was injected into the measured rounds.${injectionCost(observer)}`);
  const level = observer?.levels.find((one) => one.level === 'sampled');
  const ratio = level?.cpuRatio;
  if (!ratio) {
    return pass(
      name,
      "The service's own telemetry was on, the same in both variants; dyno run --observer-cost measures what it costs.",
    );
  }
  const detail = `The service's own telemetry costs ${change(ratio.estimate)} CPU per request (${levelOf(ratio.level)} interval ${changeInterval(ratio.low, ratio.high)})`;
  return ratio.estimate <= costMax
    ? pass(name, `${detail}.`)
    : warn(
        name,
        `${detail}, in both variants: a ratio of theirs is nearer to 1 than without.`,
        'Measure with less telemetry.',
      );
}

/** Of the trace pass, where it was measured. */
function injectionCost(observer: Counted['observer']): string {
  const ratio = observer?.levels.find(({ level }) => level === 'full')?.cpuRatio;
  if (!ratio) return '';
  return ` What the trace pass injects costs ${change(ratio.estimate)} CPU per request (${levelOf(ratio.level)} interval ${changeInterval(ratio.low, ratio.high)}).`;
}

import type { Guard, MetricResult } from '@dyno/contracts/report';
import type { Counted } from './guard.ts';
import { answersAlike, blocksComplete, samplesComplete } from './guardsOfAnswers.ts';
import { baselineErrors, generator, loadDelivered } from './guardsOfLoad.ts';
import { clock, sameEnvironment, speed, steady, undisturbed, windowLengths } from './guardsOfMachine.ts';
import { dilution, isolatedPair, sharedWork, utilization } from './guardsOfMode.ts';
import { observing, telemetry } from './guardsOfObserver.ts';

/** May this run count at all? A failed guard makes it invalid, not slow. */
export function judgeGuards(counted: Counted, results: readonly MetricResult[]): Guard[] {
  return [
    blocksComplete(counted),
    samplesComplete(counted),
    answersAlike(counted),
    baselineErrors(counted),
    loadDelivered(counted),
    generator(counted),
    windowLengths(counted),
    clock(counted),
    steady(counted),
    sameEnvironment(counted),
    speed(counted),
    undisturbed(counted),
    ...(counted.plan.mode === 'fine'
      ? [utilization(counted), dilution(results), isolatedPair(counted, results), sharedWork(counted)]
      : []),
    telemetry(counted),
    observing(counted),
  ];
}

import type { Report } from '@dyno/contracts/report';
import type { Progress } from '@dyno/contracts/run';
import type { Invocation } from '../invocation.ts';
import type { Edges, RunRequest } from '../session.ts';
import type { Stack, StackNeeds } from '../stack/stack.ts';

/** The pipeline with this call's settings, terminal and signals around it. */
export async function measure(
  invocation: Invocation,
  request: RunRequest,
  options: { wait?: boolean },
  bringUp: Edges['bringUpStack'] = (needs) => bringUpStack(invocation, needs),
): Promise<Report> {
  const { runExperiment } = await import('../pipeline.ts');
  return runExperiment(request, edgesOf(invocation, bringUp), options.wait === true);
}

export function edgesOf(
  invocation: Invocation,
  bringUp: Edges['bringUpStack'] = (needs) => bringUpStack(invocation, needs),
): Edges {
  const { terminal, settings, signal } = invocation;
  let last: Progress | null = null;
  return {
    settings,
    signal,
    bringUpStack: bringUp,
    onProgress(progress) {
      last = progress;
      terminal.progress(progress);
    },
    onRound: (round, plan) => terminal.round(round, plan, last),
    onNote: (line) => terminal.line(`  ${line}`),
  };
}

/** Started for this run alone, and ends with it, even on kill -9; what "dyno up" has started stays. */
async function bringUpStack(invocation: Invocation, needs?: StackNeeds): Promise<Stack> {
  const processes = await invocation.openProcesses({ kind: 'stack' }, true);
  return invocation.bringUpStack(processes, invocation.signal, needs);
}

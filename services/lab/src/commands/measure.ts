import type { Report } from '@dyno/contracts/report';
import type { Progress } from '@dyno/contracts/run';
import type { Invocation } from '../invocation.ts';
import type { Edges, RunRequest } from '../session.ts';
import type { Stack } from '../stack/stack.ts';

/** The pipeline with this call's settings, terminal and signals around it. */
export async function measure(
  invocation: Invocation,
  request: RunRequest,
  options: { wait?: boolean },
  bringUp: () => Promise<Stack> = () => bringUpStack(invocation),
): Promise<Report> {
  const { runExperiment } = await import('../pipeline.ts');
  return runExperiment(request, edgesOf(invocation, bringUp), options.wait === true);
}

export function edgesOf(
  invocation: Invocation,
  bringUp: () => Promise<Stack> = () => bringUpStack(invocation),
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
async function bringUpStack(invocation: Invocation): Promise<Stack> {
  return invocation.bringUpStack(await invocation.openProcesses({ kind: 'stack' }, true));
}

import type { JobView } from '@dyno/contracts/job';

/** What came of it: a job where something was started; otherwise one sentence. */
export type Posted =
  | { kind: 'done'; job: JobView | null }
  | { kind: 'busy'; message: string }
  | { kind: 'refused'; message: string };

/** From our own origin, so without a schema: zod is a third of what a page would load for one button. */
interface Answer {
  job?: JobView;
}

/** Asks the server to start or stop something; from a page. */
export async function postAction(path: string, body: unknown): Promise<Posted> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return { kind: 'done', job: await jobOf(response) };
    const message = (await response.text()).trim();
    return { kind: response.status === 409 ? 'busy' : 'refused', message };
  } catch {
    return { kind: 'refused', message: gone };
  }
}

export async function readJobView(id: string): Promise<JobView | null> {
  const response = await fetch(`/actions/jobs/${id}`).catch(() => null);
  return response?.ok ? jobOf(response) : null;
}

async function jobOf(response: Response): Promise<JobView | null> {
  const { job }: Answer = await response.json();
  return job ?? null;
}

const gone =
  'The dashboard does not answer: it was stopped, or is busy. Start it again with "npx dyno dashboard".';

import { namesOf, runOf } from '../../../../lib/runPage.ts';
import { partOf, timeSeries } from '../../../../lib/series.ts';

/** The figures behind the charts over time, for whoever explores them: they weigh more than the page, and come when it is there. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  const run = await runOf(params);
  const names = namesOf(run);
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const data = names && timeSeries(run, names, partOf(run, names, query));
  return Response.json(data, { headers: { 'cache-control': 'no-store' } });
}

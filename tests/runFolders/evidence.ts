import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EvidenceFile, schemaVersion } from '@dyno/contracts/run';
import type { Run } from './plan.ts';

const slownesses = [
  ['p50', 1],
  ['p95', 1.6],
  ['p99', 2.1],
] as const;

/** Writes traces and profiles, and says what it wrote. */
export async function writeEvidence(run: Run): Promise<EvidenceFile> {
  const evidence: EvidenceFile = { schemaVersion, traces: [], profiles: [], missing: [] };
  await mkdir(join(run.folder, 'traces'), { recursive: true });
  for (const variant of ['naive', 'optimized'])
    for (const [kind, slowness] of slownesses) {
      const file = `traces/${variant}-${kind}.json`;
      const trace = traceOf(run, variant, slowness);
      await writeFile(join(run.folder, file), JSON.stringify(trace.otlp));
      evidence.traces.push({
        variant,
        kind,
        traceId: trace.traceId,
        durationMs: trace.durationMs,
        spans: trace.spans,
        file,
        url: `http://127.0.0.1:26686/trace/${trace.traceId}`,
      });
    }
  if (run.flamegraph === null) evidence.missing.push('no profile was taken');
  else
    for (const variant of ['naive', 'optimized']) {
      const folder = `profiles/${variant}`;
      await mkdir(join(run.folder, folder), { recursive: true });
      await copyFile(run.flamegraph, join(run.folder, folder, 'flamegraph.html'));
      await writeFile(join(run.folder, folder, 'folded.txt'), 'main;route;query 12\n');
      evidence.profiles.push({
        variant,
        flamegraph: `${folder}/flamegraph.html`,
        folded: `${folder}/folded.txt`,
        samples: 7812,
        requests: 264,
      });
    }
  return evidence;
}

/** A naive request asks once per product; an optimized one asks the cache. */
function traceOf(run: Run, variant: string, slowness: number) {
  const traceId = createHash('md5').update(`${run.id} ${variant} ${slowness}`).digest('hex');
  const totalMs = run.baselineMs * slowness * (variant === 'naive' ? 1 : run.ratio);
  const queries = variant === 'naive' ? 40 : 0;
  const startNanos = BigInt(Date.parse(run.createdAt)) * 1_000_000n;
  const span = (
    index: number,
    parent: number | null,
    name: string,
    fromMs: number,
    ms: number,
    attributes: Record<string, string>,
  ) => ({
    traceId,
    spanId: index.toString(16).padStart(16, '0'),
    parentSpanId: parent === null ? 'f'.repeat(16) : parent.toString(16).padStart(16, '0'),
    name,
    kind: 3,
    startTimeUnixNano: String(startNanos + BigInt(Math.round(fromMs * 1e6))),
    endTimeUnixNano: String(startNanos + BigInt(Math.round((fromMs + ms) * 1e6))),
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  });
  const each = (totalMs * 0.8) / Math.max(1, queries);
  const spans = [
    span(1, null, `GET /products${run.text}`, 0, totalMs, { 'http.route': '/products' }),
    ...(queries === 0
      ? [
          span(2, 1, 'GET', totalMs * 0.1, totalMs * 0.5, {
            'db.system.name': 'redis',
            'db.query.text': 'GET products:v1',
          }),
        ]
      : [
          span(2, 1, 'SELECT products', totalMs * 0.02, totalMs * 0.15, {
            'db.system.name': 'mysql',
            'db.query.text': 'SELECT * FROM products WHERE category_id = ? ORDER BY price LIMIT ? OFFSET ?',
          }),
        ]),
    ...Array.from({ length: queries }, (_, index) =>
      span(index + 3, 1, 'SELECT reviews', totalMs * 0.18 + index * each, each * 0.9, {
        'db.system.name': 'mysql',
        'db.query.text': 'SELECT * FROM reviews WHERE product_id = ? ORDER BY created_at DESC',
      }),
    ),
  ];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] };
  return {
    traceId,
    durationMs: totalMs,
    spans: spans.length,
    otlp: { result: { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] } },
  };
}

import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { Report } from '@dyno/contracts/report';
import type { EvidenceFile, ObserverFile, ResponsesFile, Round } from '@dyno/contracts/run';
import { createElement as h, type ReactNode } from 'react';
import { change, changeInterval, count, digits, levelOf, milliseconds, plural } from '../../format.ts';
import {
  environmentRows,
  fineModeWords,
  guardSummary,
  modeWords,
  pilotWords,
  planRows,
  sentenceCase,
  wordsOfCause,
} from '../words.ts';
import { guardList, sortedGuards } from './guards.ts';
import { dataTable, facts, folded, section } from './parts.ts';
import type { ReportFiles } from './reportHtml.ts';

/** May I trust it? How it was measured, what was left out, and on what machine. */
export function methodSections(files: ReportFiles, moment: (iso: string) => string): ReactNode[] {
  const { report, plan, rounds, environment, evidence, responses, observer } = files;
  return [
    section(
      { id: 'method', title: 'How it was measured', subtitle: report.method },
      h('h3', null, sentenceCase(modeWords[report.mode])),
      h('p', null, sentenceCase(report.modeReason)),
      report.mode === 'fine' ? h('p', null, fineModeWords(plan, report.seed)) : null,
      plan?.pilot ? h('p', { className: 'subtitle' }, pilotWords(plan.pilot)) : null,
      facts(planRows(report, plan, moment)),
      h('h3', { id: 'guards' }, `Guards: ${guardSummary(report.guards)}`),
      guardList(sortedGuards(report.guards)),
      exclusions(report),
      rounds.length > 0
        ? folded({ title: `All ${plural(rounds.length, 'round')}` }, roundsTable(rounds, report))
        : null,
    ),
    responses || evidence || observer
      ? section(
          { id: 'evidence', title: 'What else was looked at' },
          responses ? responsesPart(responses) : null,
          observer ? observerPart(observer) : null,
          evidence ? evidencePart(evidence, report.runId) : null,
        )
      : null,
    environment
      ? section(
          {
            id: 'environment',
            title: 'The machine',
            subtitle: 'Figures of two runs compare only where these agree.',
          },
          facts(environmentRows(environment)),
        )
      : null,
  ];
}

/** Every round that does not count, by cause; none is left out for being slow. */
function exclusions({ exclusions: found }: Report): ReactNode {
  if (found.length === 0) return h('p', null, 'No round was left out: every one that was measured counts.');
  const sorted = [...Map.groupBy(found, ({ cause }) => cause).values()].flat();
  return [
    h(
      'h3',
      { key: 'title' },
      `${plural(found.length, 'round')} left out, for a cause that is not their outcome`,
    ),
    h(
      'div',
      { key: 'table' },
      dataTable({
        caption: 'Rounds that do not count',
        head: ['Cause', 'Round', 'Block', 'Variant', 'Detail'],
        text: [3, 4],
        rows: sorted.map(({ cause, round, block, variant, detail }) => [
          wordsOfCause(cause),
          round,
          block,
          variant,
          detail,
        ]),
      }),
    ),
  ];
}

function roundsTable(rounds: readonly Round[], report: Report): ReactNode {
  return dataTable({
    caption: 'Every round with what it counted',
    head: ['Round', 'Block', 'Variant', 'Requests', 'Requests/s', 'Failed', 'Ready after', 'Counts'],
    text: [2, 7],
    rows: rounds.map(({ round, block, variant, load, window, readyMs, excluded }) => [
      round,
      block,
      h(VariantLabel, { side: variant === report.baseline.name ? 'baseline' : 'candidate', name: variant }),
      count(load.requests),
      digits(load.requests / (window.durationMs / 1000)),
      count(load.failed),
      milliseconds(readyMs),
      excluded ? `no: ${excluded.detail}` : 'yes',
    ]),
  });
}

function responsesPart({ compared, differing, missing }: ResponsesFile): ReactNode {
  const alike = compared - new Set(differing.map(({ method, target }) => `${method} ${target}`)).size;
  return h(
    'div',
    { key: 'responses' },
    h('h3', null, 'The answers of both, side by side'),
    h(
      'p',
      null,
      `${count(alike)} of ${plural(compared, 'request')} were answered alike.${missing === '' ? '' : ` ${sentenceCase(missing)}`}`,
    ),
    differing.length > 0
      ? dataTable({
          caption: 'Answers that differ',
          head: ['Request', 'Where', 'Baseline', 'Candidate'],
          text: [1, 2, 3],
          rows: differing.map(({ method, target, kind, path, baseline, candidate }) => [
            `${method} ${target}`,
            path ?? kind,
            baseline,
            candidate,
          ]),
        })
      : null,
  );
}

function observerPart({ variant, blocks, levels }: ObserverFile): ReactNode {
  return h(
    'div',
    { key: 'observer' },
    h('h3', null, `What telemetry costs ${variant}`),
    h('p', { className: 'subtitle' }, `Off and on side by side, ${plural(blocks, 'block')}.`),
    dataTable({
      caption: 'CPU per request at each level of telemetry',
      head: ['Telemetry', 'CPU per request', 'Over off', 'p50 latency'],
      rows: levels.map(({ level, cpuMsPerRequest, cpuRatio, latencyMsP50 }) => [
        level,
        milliseconds(cpuMsPerRequest),
        cpuRatio
          ? `${change(cpuRatio.estimate)} (${changeInterval(cpuRatio.low, cpuRatio.high)}, ${levelOf(cpuRatio.level)})`
          : '–',
        milliseconds(latencyMsP50),
      ]),
    }),
  );
}

/** Pictures and traces stay in the run's folder; the file says what there is and where. */
function evidencePart({ traces, profiles, missing }: EvidenceFile, runId: string): ReactNode {
  if (traces.length + profiles.length + missing.length === 0) return null;
  const place = (file: string) => h('code', null, `results/${runId}/${file}`);
  return h(
    'div',
    { key: 'evidence' },
    h('h3', null, 'Traces and flamegraphs'),
    traces.length > 0
      ? dataTable({
          caption: 'Traces that were kept',
          head: ['Trace', 'Duration', 'Spans', 'Trace id', 'File'],
          text: [3, 4],
          rows: traces.map(({ variant, kind, durationMs, spans, traceId, file }) => [
            `${variant}, ${kind}`,
            milliseconds(durationMs),
            count(spans),
            h('code', null, traceId),
            place(file),
          ]),
        })
      : null,
    profiles.length > 0
      ? dataTable({
          caption: 'Flamegraphs that were kept',
          head: ['Flamegraph', 'Samples', 'Requests', 'File'],
          text: [3],
          rows: profiles.map(({ variant, samples, requests, flamegraph }) => [
            variant,
            count(samples),
            count(requests),
            place(flamegraph),
          ]),
        })
      : null,
    missing.map((reason) => h('p', { key: reason }, `Missing: ${reason}`)),
  );
}

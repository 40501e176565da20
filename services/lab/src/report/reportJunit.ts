import type { Report } from '@dyno/contracts/report';
import { regressions } from '../statistics/verdict.ts';
import { xmlText } from './quote.ts';

interface TestCase {
  group: 'metrics' | 'thresholds' | 'guards';
  name: string;
  /** failure: the gate; error: the run does not count; skipped: not known. */
  outcome: 'passed' | 'failure' | 'error' | 'skipped';
  message: string;
}

/** One test case for each metric that counts, threshold and guard, in the dialect of surefire's schema, which CI servers read. */
export function reportJunit(report: Report): string {
  const cases = [...metricCases(report), ...thresholdCases(report), ...guardCases(report)];
  const amount = (outcome: TestCase['outcome']) => cases.filter((one) => one.outcome === outcome).length;
  const seconds = report.secondsToVerdict.toFixed(3);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${xmlText(`dyno ${report.experiment}`)}" time="${seconds}" tests="${cases.length}" errors="${amount('error')}" skipped="${amount('skipped')}" failures="${amount('failure')}">`,
    '  <properties>',
    ...properties(report).map(
      ([name, value]) => `    <property name="${xmlText(name)}" value="${xmlText(value)}"/>`,
    ),
    '  </properties>',
    ...cases.map((one) => testCase(report, one)),
    '</testsuite>',
    '',
  ].join('\n');
}

function properties(report: Report): [string, string][] {
  return [
    ['run', report.runId],
    ['verdict', report.verdict],
    ['sentence', report.sentence],
    ['baseline', report.baseline.name],
    ['candidate', report.candidate.name],
    ['mode', report.mode],
    ['seed', String(report.seed)],
    ['environment', report.environment.fingerprint],
  ];
}

function metricCases({ metrics, verdict: overall }: Report): TestCase[] {
  const outcomes = {
    improved: 'passed',
    equivalent: 'passed',
    regressed: 'failure',
    inconclusive: 'skipped',
  } as const;
  // Also one that is not gated and has turned the verdict: a run that failed has a case that failed.
  const worse = regressions(metrics);
  return metrics
    .filter((metric) => metric.gated || worse.includes(metric))
    .map(({ name, verdict, sentence }) => ({
      group: 'metrics',
      name,
      // Figures of a run that does not count prove nothing.
      outcome: overall === 'invalid' ? 'skipped' : outcomes[verdict],
      message: sentence,
    }));
}

function thresholdCases({ thresholds }: Report): TestCase[] {
  return thresholds.map(({ threshold, passed, detail }) => ({
    group: 'thresholds',
    name: threshold,
    outcome: passed ? 'passed' : 'failure',
    message: detail,
  }));
}

function guardCases({ guards }: Report): TestCase[] {
  return guards.map(({ name, status, detail, advice }) => ({
    group: 'guards',
    name,
    outcome: status === 'fail' ? 'error' : 'passed',
    message: [status === 'warn' ? 'Warning: ' : '', detail, advice && ` ${advice}`].join(''),
  }));
}

function testCase({ experiment }: Report, { group, name, outcome, message }: TestCase): string {
  const open = `  <testcase name="${xmlText(name)}" classname="${xmlText(`dyno.${experiment}.${group}`)}" time="0">`;
  return `${open}${outcomeElement(outcome, xmlText(message))}</testcase>`;
}

function outcomeElement(outcome: TestCase['outcome'], message: string): string {
  switch (outcome) {
    case 'passed':
      return `<system-out>${message}</system-out>`;
    case 'skipped':
      return `<skipped message="${message}"/>`;
    case 'failure':
    case 'error':
      return `<${outcome} type="dyno.${outcome}" message="${message}">${message}</${outcome}>`;
    default:
      return outcome satisfies never;
  }
}

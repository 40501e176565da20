import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Report } from '@dyno/contracts/report';
import { plural } from '../format.ts';
import { markdownLink, markdownText } from './quote.ts';
import { markdownTable } from './reportMarkdown.ts';
import type { Link } from './reportTerminal.ts';

/** An improvement that misses a threshold has failed its gate all the same: the exit code decides. */
function mark({ exitCode }: Report): string {
  if (exitCode === exitCodes.pass) return '✅';
  if (exitCode === exitCodes.inconclusive) return '❔';
  return exitCode === exitCodes.invalid ? '⛔' : '❌';
}

/** A forge refuses long comments, and nobody reads them: the rest is in the report. */
const linesMax = 10;

/** For a pull request: the sentence, one table, what is not as it should be, the links. Everything from elsewhere is quoted. */
export function reportComment(report: Report, links: readonly Link[] = []): string {
  const { thresholds, guards } = report;
  return `${[
    // The next comment on the same experiment replaces the one that has this line.
    `<!-- dyno ${report.experiment} -->`,
    `### ${mark(report)} ${markdownText(report.title)}`,
    `**${markdownText(report.sentence)}**`,
    markdownTable(report),
    list(thresholds.map(({ passed, detail }) => `${passed ? '✓' : '✕'} ${markdownText(detail)}`)),
    list(
      guards
        .filter(({ status }) => status !== 'pass')
        .map(
          ({ status, name, detail, advice }) =>
            `${status === 'fail' ? '✕' : '!'} ${markdownText(name)}: ${markdownText(`${detail} ${advice}`)}`,
        ),
    ),
    links.map(({ title, url }) => markdownLink(title, url)).join(' · '),
    `<sub>${markdownText(
      `${plural(report.blocks, 'block')} in ${report.mode} mode, seed ${report.seed}, run ${report.runId}`,
    )}</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

function list(lines: readonly string[]): string {
  const more = lines.length - linesMax;
  return [...lines.slice(0, linesMax), ...(more > 0 ? [`and ${more} more`] : [])]
    .map((line) => `- ${line}`)
    .join('\n');
}

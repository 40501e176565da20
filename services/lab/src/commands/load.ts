import type { Command } from 'commander';

export const loadFlags = ['url', 'method', 'body', 'header', 'script'] as const;

/** The load's flags, shared by every command that measures; `--vus`, `--rate` and `--duration` are the plan's. */
export function withLoad(command: Command): Command {
  return command
    .option(
      '--url <request>',
      'ask this path: /products, "/products 3" with a weight, "POST /orders"; several',
      all,
    )
    .option('-X, --method <method>', 'of the requests that name none (GET, or POST with a body)')
    .option('-d, --body <text>', 'of the requests, or @file')
    .option(
      '-H, --header <header>',
      `of the requests: "Name: value", or @file with one a line; \${NAME} in it is taken from the environment; several`,
      all,
    )
    .option('--script <file>', 'a k6 script that takes BASE_URL from its environment');
}

function all(value: string, before: string[] = []): string[] {
  return [...before, value];
}

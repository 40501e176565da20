import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

let shared: Promise<DuckDBConnection> | null = null;

/** One database in memory for the whole process; every query names the files it reads. */
export function duckdb(): Promise<DuckDBConnection> {
  shared ??= open();
  return shared;
}

async function open(): Promise<DuckDBConnection> {
  // Nothing is downloaded: what the samples need is built in.
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  return instance.connect();
}

/** A path or name inside SQL text; DuckDB takes no parameters in COPY. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

let last: { key: string; connection: Promise<DuckDBConnection> } | null = null;

/**
 * A database in memory that reads and writes files of these folders and nothing else: a run may come from somebody
 * else, and its files name other files. Folders that were just used keep their database.
 */
export function duckdb(...folders: [string, ...string[]]): Promise<DuckDBConnection> {
  const real = [...new Set(folders.map((folder) => realpathSync(folder)))].sort();
  const key = real.join('\0');
  if (last?.key !== key) last = { key, connection: open(real) };
  return last.connection;
}

async function open(folders: string[]): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', {
    // Nothing is downloaded: what the samples need is built in.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    // A report must fit beside the services that are measured; what does not is written to the folder for a while.
    memory_limit: '400MB',
    threads: String(Math.min(2, availableParallelism())),
    temp_directory: `${folders[0]}/.duckdb`,
  });
  const connection = await instance.connect();
  await connection.run(`set allowed_directories = [${folders.map(quoted).join(', ')}]`);
  await connection.run('set enable_external_access = false');
  await connection.run('set lock_configuration = true');
  return connection;
}

/** A path or name inside SQL text; DuckDB takes no parameters in COPY. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

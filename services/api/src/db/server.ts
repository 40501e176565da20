/** Where the server is and who we are there; everything a connection of mysql2 needs but the database. */
export interface Server {
  host: string;
  port: number;
  user: string;
  password: string;
  timezone: 'Z';
  charset: 'utf8mb4_unicode_ci';
  /** Per connection; only where statements are prepared. */
  maxPreparedStatements?: number;
}

export function serverOf(mysqlUrl: string): Server {
  const url = new URL(mysqlUrl);
  return {
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    timezone: 'Z',
    charset: 'utf8mb4_unicode_ci',
  };
}

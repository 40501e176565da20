import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import mysql2, { type RowDataPacket } from 'mysql2/promise';
import { DynoError } from '../errors.ts';
import { assertRoom, temporary, writeWhole } from './files.ts';
import type { Binary, Part, Place } from './parts.ts';
import { findProgram, searchFolders } from './search.ts';
import { socketPathOf } from './sockets.ts';

const configFile = 'services/lab/src/stack/config/mysql.cnf';
/** System tables, redo log and the shop at size 1 took 0.5 GB; each further size about 20 MB. */
const roomBytes = 1024 ** 3;
const roomBytesPerSize = 20 * 1024 ** 2;

/** MySQL in containers; natively whichever of MySQL and MariaDB is there, Debian's MariaDB otherwise. */
export const mysql: Part = {
  name: 'mysql',
  title: 'MySQL',
  purpose: "the shop's database",
  version: 'mysql',
  onPath: {
    names: ['mysqld', 'mariadbd'],
    versionArgs: ['--no-defaults', '--version'],
    version: /Ver (\d+\.\d+\.\d+(?:-MariaDB)?)/,
    atLeast: [8, 0],
  },
  debian: {
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    how: 'install',
    binary: '/usr/sbin/mariadbd',
  },
  archive: null,
  source: null,
  byHand:
    'MariaDB 10.6 or newer (Debian package mariadb-server-core), or MySQL 8.4 from https://dev.mysql.com/downloads/',
  ports: ['mysql'],
  compose: { service: 'mysql', image: 'mysql' },
  configFiles: [configFile],

  async prepare(place, binary) {
    await ensureData(place, binary);
    await writeWhole(join(place.settings.home, 'mysql-users.sql'), users(place.secrets.mysqlPassword));
  },

  command({ settings }, binary) {
    return {
      args: [
        `--defaults-file=${join(settings.project, configFile)}`,
        `--datadir=${dataFolder(settings.home)}`,
        `--socket=${socketPathOf(settings.home, 'mysql')}`,
        `--pid-file=${join(settings.home, 'mysql.pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${settings.ports.mysql}`,
        // Run at every start: a lost secrets.json costs nothing.
        `--init-file=${join(settings.home, 'mysql-users.sql')}`,
        ...(isMariaDb(binary) ? [] : ['--mysqlx=0']),
        ...asUser(),
      ],
      env: { TMPDIR: temporaryFolder(settings.home) },
    };
  },

  async answer({ ports }, { mysqlPassword }) {
    const connection = await mysql2.createConnection({
      host: '127.0.0.1',
      port: ports.mysql,
      user: 'dyno',
      password: mysqlPassword,
      connectTimeout: 2_000,
    });
    try {
      const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
      return String(rows[0]?.version);
    } finally {
      connection.destroy();
    }
  },
};

const dataFolder = (home: string) => join(home, 'mysql');
/** Each server has its own: a MariaDB that starts removes all temporary tables that it finds in its folder, also those of others. */
const temporaryFolder = (home: string) => join(home, 'mysql-temporary');
/** Last file of a complete initialisation: says which server it belongs to. */
const stampFile = 'dyno-server';
const isMariaDb = (binary: Binary) => binary.version.includes('MariaDB');

/** A data directory is made in a folder of its own and renamed when it is complete: half of one never has the name. */
async function ensureData(place: Place, binary: Binary): Promise<void> {
  const { home, shopSize } = place.settings;
  const folder = dataFolder(home);
  const server = `${isMariaDb(binary) ? 'MariaDB' : 'MySQL'} ${binary.version.split('.').slice(0, 2).join('.')}`;
  await mkdir(dirname(socketPathOf(home, 'mysql')), { recursive: true, mode: 0o700 });
  await mkdir(temporaryFolder(home), { recursive: true, mode: 0o700 });
  const made = await readFile(join(folder, stampFile), 'utf8').catch(() => null);
  if (made === server) return;
  // Nothing in it is the user's: the shop is seeded again.
  await rm(folder, { recursive: true, force: true });
  await assertRoom(home, roomBytes + shopSize * roomBytesPerSize, 'The database');
  const fresh = temporary(folder);
  await mkdir(fresh, { mode: 0o700 });
  const env = { TMPDIR: temporaryFolder(home) };
  await place.run({ what: 'mysql-init', ...initCommand(binary, fresh), env });
  await writeFile(join(fresh, stampFile), server);
  await rename(fresh, folder);
}

function initCommand(binary: Binary, folder: string): { command: string; args: string[] } {
  const common = ['--no-defaults', `--datadir=${folder}`, ...asUser()];
  if (!isMariaDb(binary)) return { command: binary.path, args: [...common, '--initialize-insecure'] };
  const command = findProgram(
    ['mariadb-install-db', 'mysql_install_db'],
    [dirname(binary.path), ...searchFolders()],
  );
  if (command === null) {
    throw new DynoError(
      `${binary.path} is a MariaDB without mariadb-install-db, which makes its data directory: install it (Debian package mariadb-server-core).`,
    );
  }
  return { command, args: [...common, '--skip-test-db', '--auth-root-authentication-method=socket'] };
}

/** The server refuses to be root unless it is told to. */
function asUser(): string[] {
  return process.getuid?.() === 0 ? [`--user=${userInfo().username}`] : [];
}

function users(password: string): string {
  return [
    `CREATE USER IF NOT EXISTS 'dyno'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `ALTER USER 'dyno'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'dyno'@'127.0.0.1';",
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
    '',
  ].join('\n');
}

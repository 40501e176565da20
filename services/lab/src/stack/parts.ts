import type { Settings } from '@dyno/contracts/settings';
import type { PortName } from '../settings.ts';
import { chromium } from './chromium.ts';
import { jaeger } from './jaeger.ts';
import { k6 } from './k6.ts';
import { mail } from './mail.ts';
import { memcached } from './memcached.ts';
import { mysql } from './mysql.ts';
import { nginx } from './nginx.ts';
import { prometheus } from './prometheus.ts';
import { redis } from './redis.ts';
import type { Secrets } from './secrets.ts';

/** The table of the stack: one row a part, one file a row. */
export const parts: Record<PartName, Part> = { mysql, redis, memcached, mail, jaeger, prometheus };
export const programs: Record<ProgramName, Program> = { ...parts, k6, nginx, chromium };

export type PartName = 'mysql' | 'redis' | 'memcached' | 'mail' | 'jaeger' | 'prometheus';
export type ProgramName = PartName | 'k6' | 'nginx' | 'chromium';
export type Platform = 'linux-x64' | 'linux-arm64';
export type VersionName = keyof Settings['versions'];

/** A program and the ways to get it, in the order in which they are tried. */
export interface Program {
  name: ProgramName;
  /** As people call it. */
  title: string;
  purpose: string;
  /** Null where any recent one will do. */
  version: VersionName | null;
  /** It comes with Dyno, and this Node runs it. */
  ours?: true;
  /** Names on PATH, with what they must answer. */
  onPath: { names: string[]; versionArgs: string[]; version: RegExp; atLeast: [number, number] };
  debian: DebianWay | null;
  archive: ArchiveWay | null;
  source: SourceWay | null;
  /** For the last error: what to install by hand. */
  byHand: string;
}

export interface DebianWay {
  packages: string[];
  /** `install` only for packages without a service; `unpack` takes the files and leaves the system alone. */
  how: 'install' | 'unpack';
  /** What an unpacked program is linked with; installed where this user may, because a library starts nothing. */
  libraries?: string[];
  /** Where the package puts the program. */
  binary: string;
}

export interface ArchiveWay {
  /** The version that the checksums belong to. */
  version: string;
  files: Partial<Record<Platform, { url: string; sha256: string; member: string }>>;
}

/** A Go module in `tools/` whose go.sum pins everything. */
export interface SourceWay {
  folder: string;
  package: string;
}

/** A program that listens. */
export interface Part extends Program {
  name: PartName;
  ports: PortName[];
  /** What compose.yaml runs instead. */
  compose: { service: string; image: string };
  /** Configuration that both stacks read, from the project's folder. */
  configFiles: string[];
  /** Everything that must be there before the start; safe to repeat after an interruption. */
  prepare(place: Place, binary: Binary): Promise<void>;
  command(place: Place, binary: Binary): { args: string[]; env: Record<string, string> };
  /** Throws until the part does its work; then its version. */
  answer(settings: Settings, secrets: Secrets): Promise<string>;
}

/** A program that can be started. */
export interface Binary {
  path: string;
  version: string;
  way: 'PATH' | 'earlier start' | 'Debian package' | 'release archive' | 'built from source' | 'part of Dyno';
}

/** What a part may use while it is prepared and started. */
export interface Place {
  settings: Settings;
  secrets: Secrets;
  /** Runs a program to its end; its output is in the log and its tail in the error. */
  run(spec: { what: string; command: string; args: string[]; env: Record<string, string> }): Promise<void>;
}

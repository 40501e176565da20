import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { type Settings, settingsSchema } from '@dyno/contracts/settings';
import { DynoError } from './errors.ts';

/** The checkout that this file belongs to. */
export const projectFolder = resolve(import.meta.dirname, '../../..');

/** `.env` of the project with the environment on top; relative folders are relative to the project. */
export function readSettings(env: NodeJS.ProcessEnv = process.env, project = projectFolder): Settings {
  const values = { ...readEnvFile(join(project, '.env')), ...withoutEmpty(env) };
  const parsed = settingsSchema.safeParse({
    project,
    home: resolve(project, values.DYNO_HOME ?? '.dyno'),
    results: resolve(project, values.DYNO_RESULTS ?? 'results'),
    stack: values.DYNO_STACK,
    ports: group(values, 'ports', portPrefix),
    versions: group(values, 'versions', versionPrefix),
    shopSize: values.SHOP_SIZE,
  });
  const problems = parsed.success
    ? samePorts(parsed.data.ports)
    : parsed.error.issues.flatMap((issue) => describe(issue, values));
  if (!parsed.success || problems.length > 0) {
    throw new DynoError(
      `${problems.join('\n')}\nCorrect this in ${join(project, '.env')} or in the environment.`,
    );
  }
  return parsed.data;
}

export type PortName = keyof Settings['ports'];

/** The variable that sets a port: `otlpHttp` is `DYNO_PORT__OTLP_HTTP`. */
export function portVariable(name: PortName): string {
  return portPrefix + upperSnake(name);
}

/** Every port under the name of its variable, for programs that read the environment. */
export function portVariables(ports: Settings['ports']): Record<string, string> {
  const names = Object.keys(ports).filter(isPortName);
  return Object.fromEntries(names.map((name) => [portVariable(name), String(ports[name])]));
}

export function isPortName(name: string): name is PortName {
  return name in settingsSchema.shape.ports.shape;
}

const portPrefix = 'DYNO_PORT__';
const versionPrefix = 'DYNO_VERSION__';
const singleVariables: Record<string, string> = { stack: 'DYNO_STACK', shopSize: 'SHOP_SIZE' };

type Values = Record<string, string | undefined>;
type Issue = { code: string; path: PropertyKey[]; message: string; keys?: string[] };

function readEnvFile(path: string): Values {
  try {
    return withoutEmpty(parseEnv(readFileSync(path, 'utf8')));
  } catch (error) {
    // Everything may come from the environment; what is missing then is named by its variable.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

/** `NAME=` means not set, as everywhere in a shell's habits. */
function withoutEmpty(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  );
}

/** All variables with the prefix, by the names of the schema; unknown ones stay in, so that a typing error is named. */
function group(values: Values, field: 'ports' | 'versions', prefix: string): Values {
  const known = Object.keys(settingsSchema.shape[field].shape).map((key) => [prefix + upperSnake(key), key]);
  const keyOf = new Map(known.map(([variable, key]) => [variable, key]));
  return Object.fromEntries(
    Object.entries(values)
      .filter(([variable]) => variable.startsWith(prefix))
      .map(([variable, value]) => [keyOf.get(variable) ?? variable, value]),
  );
}

function describe(issue: Issue, values: Values): string[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((variable) => `${variable} is not a variable that Dyno knows`);
  }
  const variable = variableOf(issue.path.map(String));
  const value = values[variable];
  if (value === undefined) return [`${variable} is not set`];
  return [
    `${variable}=${value}: ${isPort(variable) ? 'a port is a whole number from 1 to 65535' : issue.message}`,
  ];
}

const isPort = (variable: string) => variable.startsWith(portPrefix);

function variableOf([field = '', key = '']: string[]): string {
  if (field === 'ports') return portPrefix + upperSnake(key);
  if (field === 'versions') return versionPrefix + upperSnake(key);
  return singleVariables[field] ?? field;
}

function samePorts(ports: Settings['ports']): string[] {
  const variables = Map.groupBy(Object.keys(ports).filter(isPortName), (name) => ports[name]);
  return [...variables]
    .filter(([, names]) => names.length > 1)
    .map(([port, names]) => `${names.map(portVariable).join(' and ')} are both ${port}`);
}

function upperSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

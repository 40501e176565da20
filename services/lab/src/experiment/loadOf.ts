import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Experiment, type Request, requestSchema } from '@dyno/contracts/experiment';
import { DynoError } from '../errors.ts';

/** A load from the command line. */
export interface LoadFlags {
  /** `[METHOD ]target[ weight]`, several. */
  url?: string[] | undefined;
  method?: string | undefined;
  /** Text, or `@file`. */
  body?: string | undefined;
  /** `Name: value`, or `@file` with one of them a line. */
  header?: string[] | undefined;
  /** A k6 script. */
  script?: string | undefined;
  vus?: number | undefined;
  /** Iterations started per second. */
  rate?: number | undefined;
}

type Load = Experiment['load'];

/** Virtual users where nobody says how many. */
const defaultVus = 10;
/** A body goes into the plan and into k6's environment. */
const bodyBytesMax = 64 * 1024;
/** A variable of the environment may be 128 KiB long on Linux. */
const requestsBytesMax = 100 * 1024;

/** The load that the flags describe; `base`, the experiment's own, when they describe none. Files are relative to `folder`. */
export function loadOf(flags: LoadFlags, folder: string, base: Load | null = null): Load {
  const vus = flags.vus ?? base?.vus ?? defaultVus;
  // Users alone are users who wait for their answers, in place of the experiment's rate.
  const rate = flags.rate ?? (flags.vus === undefined ? base?.ratePerSecond : undefined);
  const model = { vus, ...(rate === undefined ? {} : { ratePerSecond: rate }) };
  if (flags.script !== undefined) return scriptLoad(flags, flags.script, folder, model);
  const urls = flags.url ?? [];
  if (urls.length > 0) return { ...model, assigns: true, requests: requestsOf(flags, urls, folder) };
  const alone = requestFlags.filter((name) => flags[name] !== undefined && flags[name].length > 0);
  if (alone.length > 0) {
    throw new DynoError(`${dashed(alone)} belongs to --url: say which path, for example --url /products.`);
  }
  if (!base) {
    throw new DynoError('Which load? Give a path of the service with --url /, or a k6 script with --script.');
  }
  const { ratePerSecond: _, ...own } = base;
  return { ...own, ...model, ...(own.scenario === undefined ? {} : replacing(flags)) };
}

/** Who gives users or a rate means them, whatever options the script has. */
function replacing({ vus, rate }: LoadFlags): Pick<Load, 'replacesOptions'> {
  return vus === undefined && rate === undefined ? {} : { replacesOptions: true };
}

const requestFlags = ['method', 'body', 'header'] as const;

function scriptLoad(
  flags: LoadFlags,
  script: string,
  folder: string,
  model: Pick<Load, 'vus' | 'ratePerSecond'>,
): Load {
  const alone = (['url', ...requestFlags] as const).filter(
    (name) => flags[name] !== undefined && flags[name].length > 0,
  );
  if (alone.length > 0) {
    throw new DynoError(`A script makes its own requests: leave out either --script or ${dashed(alone)}.`);
  }
  if (!/\.[cm]?[jt]s$/.test(script)) {
    throw new DynoError(`--script ${script} is not a k6 script: its name ends with .js or .ts.`);
  }
  const scenario = resolve(folder, script);
  const text = readText(scenario, '--script');
  return {
    ...model,
    scenario,
    assigns: drawsTargets.test(text),
    ...replacing(flags),
  };
}

/** The script draws the variant of each request with k6/lib/target.ts. */
const drawsTargets = /\bfrom\s*['"][^'"]*lib\/target(?:\.[jt]s)?['"]/;

function requestsOf(flags: LoadFlags, urls: string[], folder: string): [Request, ...Request[]] {
  const body = flags.body === undefined ? undefined : bodyOf(flags.body, folder);
  const headers = headersOf(flags.header ?? [], folder);
  const fallback = (flags.method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase();
  const requests = urls.map((url) => {
    const parts = partsOf(url);
    const method = parts.method ?? fallback;
    const parsed = requestSchema.safeParse({
      target: targetOf(parts.target, url),
      method,
      headers,
      weight: parts.weight,
      ...(body === undefined || bodiless.includes(method) ? {} : { body }),
    });
    if (parsed.success) return parsed.data;
    if (parsed.error.issues.some(({ path }) => path[0] === 'method')) {
      throw new DynoError(
        `${method} is not a method that can be asked: ${requestSchema.shape.method.unwrap().options.join(', ')}.`,
      );
    }
    throw new DynoError(`--url "${url}": ${parsed.error.issues.map(({ message }) => message).join('; ')}.`);
  });
  const [first, ...rest] = requests;
  if (!first) throw new DynoError('--url needs a path, for example --url /products.');
  if (body !== undefined && requests.every((request) => bodiless.includes(request.method))) {
    throw new DynoError(
      `--body: a ${fallback} request has none; give a method that has, for example --method POST.`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(requests));
  if (bytes > requestsBytesMax) {
    throw new DynoError(
      `The requests are ${bytes} bytes long together, and at most ${requestsBytesMax} fit into a plan: send them from a k6 script (--script).`,
    );
  }
  return [first, ...rest];
}

const bodiless = ['GET', 'HEAD'];

/** `/products`, `/products 3`, `POST /orders`, `POST /orders 0.5`: neither a method nor a weight can be part of an address. */
function partsOf(url: string): { method: string | null; target: string; weight: number } {
  const words = url.trim().split(/\s+/);
  const method =
    words.length > 1 && /^[A-Za-z]+$/.test(words[0] ?? '') ? (words.shift() ?? '').toUpperCase() : null;
  const [target = '', weight = '1', ...more] = words;
  const value = Number(weight);
  if (target === '' || more.length > 0 || !(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new DynoError(
      `--url "${url}" is not a request: write a path, with a method before it and a weight behind it where needed, for example --url /products, --url "/products 3", --url "POST /orders 1". Blanks in a path are written %20.`,
    );
  }
  return { method, target, weight: value };
}

/** The service under test gets a port of its own, so an address on this machine means its path. Other hosts are asked as they are named. */
function targetOf(target: string, url: string): string {
  if (target.startsWith('/')) return target;
  if (!/^https?:\/\//.test(target)) {
    throw new DynoError(
      `--url "${url}": ${target} is neither a path nor an address; a path begins with /, for example --url /${target.replace(/^\.?\/*/, '')}.`,
    );
  }
  if (!URL.canParse(target)) throw new DynoError(`--url "${url}": ${target} is not an address.`);
  const { hostname, pathname, search } = new URL(target);
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) ? pathname + search : target;
}

function headersOf(values: string[], folder: string): Record<string, string> {
  const lines = values.flatMap((value) =>
    value.startsWith('@')
      ? readText(resolve(folder, value.slice(1)), '--header')
          .split(/\r?\n/)
          .filter((line) => line.trim() !== '')
      : [value],
  );
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || value === undefined) {
        throw new DynoError(
          `--header "${line}" is not a header: write "Name: value", or @file with one of them a line.`,
        );
      }
      return [name, value];
    }),
  );
}

function bodyOf(value: string, folder: string): string {
  const text = value.startsWith('@') ? readText(resolve(folder, value.slice(1)), '--body') : value;
  const bytes = Buffer.byteLength(text);
  if (bytes <= bodyBytesMax) return text;
  throw new DynoError(
    `--body is ${bytes} bytes long, and at most ${bodyBytesMax} fit into a plan: send larger ones from a k6 script (--script).`,
  );
}

function readText(path: string, flag: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError) throw new DynoError(`${flag}: ${path} is not a text file (UTF-8).`);
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'there is no such file'
        : String(error);
    throw new DynoError(`${flag}: ${path} cannot be read: ${reason}.`, undefined, { cause: error });
  }
}

function dashed(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(' and ');
}

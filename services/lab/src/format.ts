/**
 * How figures are written, for every reader: terminal, Markdown, dashboard. Three significant digits, one locale, true
 * minus, no-break space before a unit. No imports, so that it runs in a browser. Only here is anything rounded.
 */

const space = '\u00a0';
const minus = '\u2212';
const missing = '–';

/** Three significant digits with thousands separators. */
export function digits(value: number): string {
  return signed(value, grouped(Number(Math.abs(value).toPrecision(3))));
}

/** A whole number of things, in full. */
export function count(value: number): string {
  return signed(value, grouped(Math.round(Math.abs(value))));
}

/** "block 3 of 8", or "in block 3 of 8": where in its plan something stands. */
export function place(
  { block, blocksMax }: { block: number; blocksMax: number },
  before = '',
  of = 'of',
): string {
  return block > 0 ? `${before}block ${count(block)} ${of} ${count(blocksMax)}` : 'before its first block';
}

/** µs below 1 ms, s from 1,000 ms on. */
export function milliseconds(ms: number): string {
  return inUnit(ms, durationUnit([ms]));
}

/** A value in the unit that the report's files use. */
export function quantity(value: number, unit: string): string {
  if (unit === 'ms' || unit === 'ms CPU') return milliseconds(value);
  return otherQuantity(value, unit);
}

/** Values that are read beside each other, as in one row of a table: all in one unit. */
export function quantities(values: readonly number[], unit: string): string[] {
  if (unit !== 'ms' && unit !== 'ms CPU') return values.map((value) => otherQuantity(value, unit));
  const shared = durationUnit(values);
  return values.map((value) => inUnit(value, shared));
}

/** "434 ms → 8.3 ms". */
export function beforeAfter(before: number, after: number, unit: string): string {
  const [first = '', second = ''] = quantities([before, after], unit);
  return `${first} → ${second}`;
}

/** A share as percent: 0.0123 is "1.23 %". */
export function percent(share: number): string {
  return smallOr(share * 100, 0.001, `${space}%`);
}

/** A ratio as a change: percent within ÷2 to ×2, a factor outside, where -97.5 % and -98.75 % would look alike and differ by 2. */
export function change(ratio: number): string {
  return isFactor(ratio) ? factor(ratio) : signedPercent(ratio - 1);
}

/** Both ends in one form, the smaller change first. */
export function changeInterval(low: number, high: number): string {
  const [first, second] = high <= 1 && isFactor(Math.sqrt(low * high)) ? [high, low] : [low, high];
  const text = isFactor(Math.sqrt(low * high)) ? factor : (ratio: number) => signedPercent(ratio - 1);
  return `${text(first)} to ${text(second)}`;
}

/** A difference of shares in percentage points: -0.012 is "−1.2 points". */
export function points(difference: number): string {
  return `${withSign(difference, smallOr(Math.abs(difference) * 100, 0.001, ''))}${space}points`;
}

export function pointsInterval(low: number, high: number): string {
  const [first = '', second = ''] = [low, high].map((value) => points(value).replace(`${space}points`, ''));
  return `${first} to ${second}${space}points`;
}

/** The level of an interval: 0.99726 is "99.7 %". */
export function levelOf(level: number): string {
  return `${Number((level * 100).toFixed(level > 0.9995 ? 2 : 1))}${space}%`;
}

/** The smallest change that a run would have found: 0.05 is "5 %", 3 is "×4". */
export function detectable(effect: number): string {
  return effect < 1 ? percent(effect) : `×${digits(1 + effect)}`;
}

/** A length of time for people: "45 s", "6 min", "1 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}${space}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes}${space}min`;
  return `${Math.floor(minutes / 60)}${space}h ${minutes % 60}${space}min`;
}

export function bytes(value: number): string {
  if (value >= 1024 ** 3) return `${digits(value / 1024 ** 3)}${space}GiB`;
  if (value >= 1024 ** 2) return `${digits(value / 1024 ** 2)}${space}MiB`;
  if (value >= 1024) return `${digits(value / 1024)}${space}KiB`;
  return `${count(value)}${space}B`;
}

/** "1 block", "4 blocks". */
export function plural(amount: number, word: string): string {
  return `${count(amount)} ${word}${amount === 1 ? '' : 's'}`;
}

interface DurationUnit {
  name: string;
  ms: number;
}

const microsecond: DurationUnit = { name: 'µs', ms: 0.001 };
const millisecond: DurationUnit = { name: 'ms', ms: 1 };
const second: DurationUnit = { name: 's', ms: 1000 };

/** Milliseconds as soon as one value is best read in them, or the values lie on both sides. */
function durationUnit(values: readonly number[]): DurationUnit {
  const sizes = values.map(Math.abs).filter((value) => value > 0);
  if (sizes.length === 0) return millisecond;
  if (sizes.every((value) => value < 1)) return microsecond;
  return sizes.every((value) => value >= 1000) ? second : millisecond;
}

function inUnit(ms: number, unit: DurationUnit): string {
  return smallOr(ms / unit.ms, 0.1, `${space}${unit.name}`);
}

function otherQuantity(value: number, unit: string): string {
  switch (unit) {
    case '1':
      return percent(value);
    case '1/s':
      return smallOr(value, 0.1, '/s');
    default:
      return `${digits(value)}${space}${unit}`;
  }
}

/** "< 0.1", never a rounded 0.0; a true 0 stays 0. */
function smallOr(value: number, smallest: number, unit: string): string {
  if (!Number.isFinite(value)) return missing;
  if (value !== 0 && Math.abs(value) < smallest) return `<${space}${smallest}${unit}`;
  return `${digits(value)}${unit}`;
}

function isFactor(ratio: number): boolean {
  return ratio > 2 || ratio < 0.5;
}

function factor(ratio: number): string {
  return ratio >= 1 ? `×${digits(ratio)}` : `÷${digits(1 / ratio)}`;
}

/** A tenth of a percent is the finest that a change is told in. */
function signedPercent(share: number): string {
  const size = Math.abs(share * 100);
  if (size === 0) return `0${space}%`;
  if (size < 0.1) return `<${space}0.1${space}%`;
  return `${withSign(share, digits(Number(size.toFixed(1))))}${space}%`;
}

function withSign(value: number, text: string): string {
  if (value === 0 || text.startsWith('<')) return text;
  return `${value < 0 ? minus : '+'}${text}`;
}

function signed(value: number, text: string): string {
  if (!Number.isFinite(value)) return missing;
  return value < 0 && text !== '0' ? `${minus}${text}` : text;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 15, useGrouping: true });
}

/** Of a message that quotes a log behind it, without the full stop. */
export function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/\.$/, '');
}

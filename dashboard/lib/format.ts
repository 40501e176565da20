/** Stand-in for the report's formatter; fixed locale, so that server and browser agree. */

const space = '\u00a0';
const minus = '\u2212';

/** Three significant digits; never a rounded 0. */
export function digits(value: number): string {
  if (value === 0) return '0';
  const text =
    Math.abs(value) >= 1000
      ? Math.round(Math.abs(value)).toLocaleString('en-US')
      : Number(Math.abs(value).toPrecision(3)).toString();
  return value < 0 ? `${minus}${text}` : text;
}

export function milliseconds(ms: number): string {
  if (ms !== 0 && Math.abs(ms) < 1) return `${digits(ms * 1000)}${space}µs`;
  if (Math.abs(ms) < 1000) return `${digits(ms)}${space}ms`;
  return `${digits(ms / 1000)}${space}s`;
}

export function quantity(value: number, unit: string): string {
  if (unit === 'ms' || unit === 'ms CPU') return milliseconds(value);
  if (unit === '1/s') return `${digits(value)}/s`;
  if (unit === '1') return `${digits(value * 100)}${space}%`;
  return `${digits(value)}${space}${unit}`;
}

/** Percent within ÷2 to ×2, factor outside. */
export function change(ratio: number): string {
  if (ratio > 2) return `×${digits(ratio)}`;
  if (ratio < 0.5) return `÷${digits(1 / ratio)}`;
  const percent = (ratio - 1) * 100;
  if (Math.abs(percent) < 0.05) return `0${space}%`;
  return `${percent < 0 ? minus : '+'}${digits(Math.abs(Number(percent.toFixed(1))))}${space}%`;
}
export const changeInterval = (low: number, high: number): string => `${change(low)} to ${change(high)}`;
export const levelOf = (level: number): string => `${Number((level * 100).toPrecision(4))}${space}%`;

/** A difference of shares, in percentage points. */
export function points(difference: number): string {
  if (difference === 0) return `0${space}pp`;
  return `${difference < 0 ? minus : '+'}${digits(Math.abs(difference * 100))}${space}pp`;
}

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** On the server only: the machine's own time zone. */
export function dateTime(iso: string): string {
  const date = new Date(iso);
  return `${date.getDate()} ${date.toLocaleString('en-GB', { month: 'short' })} ${date.getFullYear()}, ${date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}${space}s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? `${minutes}${space}min`
    : `${Math.floor(minutes / 60)}${space}h ${minutes % 60}${space}min`;
}

export function bytes(value: number): string {
  if (value >= 1024 ** 3) return `${digits(value / 1024 ** 3)}${space}GiB`;
  if (value >= 1024 ** 2) return `${digits(value / 1024 ** 2)}${space}MiB`;
  return `${digits(value / 1024)}${space}KiB`;
}

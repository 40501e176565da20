/** A place on an axis from 0, in percent of its length. */
export const share = (ms: number, axisMs: number): number => Math.min(100, Math.max(0, (ms / axisMs) * 100));

/** Round moments, 0 among them: at most six. */
export function timeTicks(axisMs: number): number[] {
  const power = 10 ** Math.floor(Math.log10(axisMs / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => axisMs / size <= 5) ?? axisMs;
  return Array.from({ length: Math.floor(axisMs / step + 1e-9) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

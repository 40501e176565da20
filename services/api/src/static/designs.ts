import { webp } from './webp.ts';

/** Products share pictures: as many as two digits tell apart. */
export const designCount = 100;
const side = 96;

/** A box, a bottle or a ball in front of a wall; the same bytes on every machine. */
export function design(number: number): Buffer {
  const hue = (number * 47) % 360;
  const wall = (x: number, y: number) => coloured(hue, 0.25, 0.82 - (x + y) / 900 + grain(x, y, number));
  return webp(side, side, (x, y) => {
    const depth = depthAt(number % 3, x / side - 0.5, y / side - 0.5);
    return depth === null ? wall(x, y) : coloured(hue + 180, 0.6, 0.3 + 0.35 * depth + grain(x, y, number));
  });
}

/** 0 at the dark edge to 1 where the light falls; null beside the thing. */
function depthAt(shape: number, x: number, y: number): number | null {
  if (shape === 0) return Math.abs(x) < 0.3 && Math.abs(y) < 0.25 ? 0.5 - x : null;
  if (shape === 1) {
    const halfWidth = y < -0.15 ? 0.08 : 0.18;
    return Math.abs(x) < halfWidth && Math.abs(y) < 0.4 ? 1 - Math.abs(x + 0.05) / 0.25 : null;
  }
  const distance = Math.hypot(x, y);
  return distance < 0.32 ? 1 - Math.hypot(x + 0.1, y + 0.12) / 0.45 : null;
}

/** Of paper, so that neighbours differ as in a photograph; whole-number arithmetic is the same everywhere. */
function grain(x: number, y: number, number: number): number {
  const mixed = Math.imul(x * 374_761 + y * 668_265 + number * 2_654_435, 1_274_126_177) >>> 24;
  return (mixed - 128) / 4000;
}

/** Hue in degrees, saturation and lightness from 0 to 1 (CSS Color 4, 7.1). */
function coloured(hue: number, saturation: number, lightness: number): [number, number, number] {
  const light = Math.min(1, Math.max(0, lightness));
  const chroma = saturation * Math.min(light, 1 - light);
  const channel = (shift: number) => {
    const k = (shift + hue / 30) % 12;
    return Math.round(255 * (light - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

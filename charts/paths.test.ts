import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawnPoints } from './fixtures/drawnPoints.ts';
import { linePath } from './paths.ts';
import { dataWidth } from './plot.ts';

test('steps of a line lead to each of its points, however many', () => {
  const points = Array.from({ length: 500 }, (_, index) => ({
    x: (index + Math.sin(index) / 3) / 500,
    y: 0.5 + Math.cos(index * 7) / 2.1,
  }));
  const [drawn = []] = drawnPoints(linePath([points], 131));
  assert.equal(drawn.length, 500);
  for (const [index, [x, y]] of drawn.entries()) {
    const point = points[index] ?? { x: Number.NaN, y: Number.NaN };
    assert.ok(Math.abs(x - point.x * dataWidth) < 0.051 && Math.abs(y - (1 - point.y) * 131) < 0.051);
  }
});

test('each stretch begins where it is; a point alone is a line of no length', () => {
  const path = linePath(
    [
      [{ x: 0.1, y: 0.5 }],
      [
        { x: 0.2, y: 1 },
        { x: 0.3, y: 0 },
      ],
    ],
    100,
  );
  assert.equal(path, 'M100 50l0 0M200 0l100 100');
});

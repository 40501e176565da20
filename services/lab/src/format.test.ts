import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beforeAfter,
  bytes,
  change,
  changeInterval,
  count,
  digits,
  duration,
  firstLine,
  levelOf,
  milliseconds,
  percent,
  points,
  pointsInterval,
  quantities,
  quantity,
} from './format.ts';

/** No-break spaces are told apart from others by the tests of `digits` only. */
function check(name: string, written: string, expected: string): void {
  test(name, () => assert.equal(written.replaceAll('\u00a0', ' '), expected));
}

check('three significant digits', digits(1234.5), '1,230');
check('small ones too', digits(0.0012345), '0.00123');
check('true minus', digits(-5.678), '−5.68');
check('0', digits(0), '0');
check('not a number', digits(Number.NaN), '–');
check(
  'the first line of a message that quotes a log',
  firstLine('it ended.\nIts log ends with:\nx'),
  'it ended',
);
check('counts in full', count(48_211), '48,211');

check('below 1 ms', milliseconds(0.4567), '457 µs');
check('milliseconds', milliseconds(433.6), '434 ms');
check('from one second on', milliseconds(1234), '1.23 s');
check('never a rounded 0', milliseconds(0.000_01), '< 0.1 µs');
check('a true 0', milliseconds(0), '0 ms');

check('one unit a row: seconds beside milliseconds', beforeAfter(1240, 890, 'ms'), '1,240 ms → 890 ms');
check(
  'one unit a row: milliseconds beside microseconds',
  beforeAfter(363, 0.7123, 'ms'),
  '363 ms → 0.712 ms',
);
check('one unit a row: too small for it', beforeAfter(363, 0.04, 'ms'), '363 ms → < 0.1 ms');
check('one unit a row: all small', quantities([0.9, 0.2], 'ms').join(), '900 µs,200 µs');
check('from 0', beforeAfter(0, 12, 'ms'), '0 ms → 12 ms');
check('requests per second', quantity(1234, '1/s'), '1,230/s');
check('shares', quantity(0.3812, '1'), '38.1 %');
check('tiny shares', percent(0.000_001), '< 0.001 %');

check('percent up to a factor of two', change(0.55), '−45 %');
check('and up', change(1.1), '+10 %');
check('a tenth of a percent', change(1.0234), '+2.3 %');
check('less than that', change(1.0004), '< 0.1 %');
check('no change at all', change(1), '0 %');
check('factors from there', change(1 / 52.3), '÷52.3');
check('twice is still percent', change(2), '+100 %');
check('more than twice', change(2.345), '×2.35');
check('interval in percent', changeInterval(0.94, 1.04), '−6 % to +4 %');
check('interval of factors, the smaller first', changeInterval(1 / 57, 1 / 48), '÷48 to ÷57');
check('interval of factors upwards', changeInterval(3, 4), '×3 to ×4');
check('both ends in one form', changeInterval(0.3, 0.6), '÷1.67 to ÷3.33');

check('points', points(-0.012), '−1.2 points');
check('no points', points(0), '0 points');
check('points interval', pointsInterval(-0.001, 0.0025), '−0.1 to +0.25 points');
check('level at an early stop', levelOf(1 - 0.01369 / 5), '99.7 %');
check('level at the end', levelOf(0.95), '95 %');
check('seconds', duration(45), '45 s');
check('minutes', duration(372), '6 min');
check('hours', duration(3900 + 2400), '1 h 45 min');
check('bytes', bytes(3.5 * 1024 ** 2), '3.5 MiB');

test('a unit is never torn from its value', () => {
  assert.equal(milliseconds(5), '5\u00a0ms');
  assert.equal(percent(0.5), '50\u00a0%');
});

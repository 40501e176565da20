import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Lab, type LabOptions, reportOf } from './faults/lab.ts';
import type { Strike } from './faults/strike.ts';

/** What goes wrong in the middle of a measurement, through the command line: which rounds count, and what is said. */

/** Rows that take another way to the same place, or that a test beside the code takes too, are left to FAULTS=whole. */
const usual = <Row extends { rare?: true }>(rows: Row[]): Row[] =>
  rows.filter(({ rare }) => process.env.FAULTS === 'whole' || !rare);

/** One variant's service fails in its window, each time: the second time ends the run. */
const deaths: { fault: string; says: RegExp; service?: LabOptions['service']; rare?: true }[] = [
  { fault: 'kill', says: /faulty \(two\) was killed by SIGKILL before the window was over/ },
  { fault: 'segfault', says: /faulty \(two\) was killed by SIGSEGV/, rare: true },
  {
    fault: 'exit',
    says: /faulty \(two\) ended with code 0 .*\nIts log ends with:\n(?:.*\n)*the last words of the service$/m,
  },
  { fault: 'stop', says: /faulty \(two\) is stopped/, rare: true },
  {
    fault: 'memory',
    rare: true,
    // Writing down where it was takes a while: it may still be dying when the window ends.
    says: /faulty \(two\) (was killed by SIG(ABRT|TRAP|ILL)|does not answer any more).*OOMErrorHandler/s,
    service: {
      name: 'faulty',
      command: ['node', '--max-old-space-size=32', join(import.meta.dirname, 'faults/service.ts'), 'node'],
    },
  },
];

for (const { fault, says, service = {} } of usual(deaths)) {
  test(`a service that dies in its window (${fault}) is excluded, and ends the run the second time`, async (t) => {
    // After 60 requests at 100 a second, of which 10 are of the warm-up.
    const lab = await Lab.open(t, {
      candidate: { FAULT: fault, FAULT_AFTER: '60' },
      service,
      plan: { windowSeconds: 1 },
    });
    const { code, stderr, stdout } = await lab.run();
    assert.equal(code, 4, stderr);
    assert.equal(stdout, '', 'no report');
    assert.match(stderr, /two was lost 2 times \(service-died\)/);
    assert.match(stderr, says);
    assert.equal(
      ['\u0007', '\u001b'].some((one) => stderr.includes(one)),
      false,
      'control characters',
    );
    assert.equal((await lab.causes()).filter((cause) => cause === 'service-died').length, 2);
    await lab.assertNothingLeft();
  });
}

/** The warm-up is told half a second before the window, which lasts one second: it is longer than it takes to hear of the first request. */
const window = { warmupSeconds: 2, windowSeconds: 1 };
const inWindow = (share: number): Strike => ({ stage: 'warmup', delayMs: 500 + share * 1000 });

/** The window is told when half of it is over. */
const halfWay: Strike = { stage: 'window' };
const long = { warmupSeconds: 0.1, windowSeconds: 2 };

/** Ctrl-C when that round is over: what comes after it is of no interest here. */
const stopAfter = (round: number): Strike => ({
  before: `00${round}-one.resources.ndjson`,
  signal: 'SIGINT',
  group: true,
});

const momentsOfWindow: { when: string; moment: Strike; plan: typeof window; rare?: true }[] = [
  { when: 'at 10 % of', moment: inWindow(0.1), plan: window, rare: true },
  // What is left of it is time enough for a busy machine to be late.
  { when: 'in the last third of', moment: { ...halfWay, delayMs: 500 }, plan: long },
];

for (const { when, moment, plan } of usual(momentsOfWindow)) {
  test(`k6 killed ${when} a window: the round does not count and is measured again`, async (t) => {
    const lab = await Lab.open(t, { plan });
    const { stderr } = await lab.run([{ ...moment, kill: 'run --quiet' }, stopAfter(2)]);
    const [first, second, ...others] = await lab.rounds();
    assert.equal(first?.excluded?.cause, 'generator-died', stderr);
    assert.deepEqual([first?.variant, first?.attempt], ['one', 1]);
    assert.deepEqual([second?.variant, second?.attempt], ['one', 2]);
    assert.notEqual(second?.excluded?.cause, 'generator-died');
    assert.deepEqual(others, []);
    await lab.assertNothingLeft();
  });
}

test('k6 killed in the middle of a window: the verdict is that of the same run without this round', async (t) => {
  const lab = await Lab.open(t, { plan: long });
  const report = reportOf(await lab.run([{ ...halfWay, kill: 'run --quiet' }]));
  assert.deepEqual(await lab.causes(), ['generator-died', 'counts', 'counts', 'counts', 'counts']);
  const folder = await lab.latest();
  assert.ok(existsSync(folder.file('log/1.torn.csv')), 'what there was of it is kept aside');

  const without = '20200101-000000-without';
  cpSync(folder.path, join(lab.results, without), { recursive: true });
  for (const file of ['plan.json', 'rounds.ndjson']) {
    const path = join(lab.results, without, file);
    const text = readFileSync(path, 'utf8').replaceAll(folder.runId, without);
    writeFileSync(path, file === 'plan.json' ? text : text.slice(text.indexOf('\n') + 1));
  }
  const other = reportOf(await lab.dyno(['report', without, '--remake', '--json']));
  assert.equal(other.verdict, report.verdict);
  assert.deepEqual(other.metrics, report.metrics);
});

/** k6 keeps the machine's time: the lab's is right again before the next round. */
const back: Strike = { before: '-one.resources.ndjson', clockBack: true };
const hour = 3_600_000;

const jumps: { name: string; strikes: Strike[]; excluded: boolean; rare?: true }[] = [
  {
    name: '+1 h inside a window',
    strikes: [{ ...inWindow(0.3), clockMs: hour }, back],
    excluded: true,
    rare: true,
  },
  {
    name: '-1 h inside a window',
    strikes: [{ ...inWindow(0.3), clockMs: -hour }, back],
    excluded: true,
    rare: true,
  },
  {
    name: '+1 h and back inside a window',
    // Back when somebody has looked and seen nothing; `back` is for a lab that has seen it.
    strikes: [{ ...inWindow(0.2), clockMs: hour }, { ...halfWay, clockBack: true }, back],
    excluded: true,
  },
  {
    name: '30 s slewed in inside a window',
    strikes: [{ ...inWindow(0.1), clockMs: 30_000, slewMs: 60_000 }, back],
    excluded: true,
  },
  {
    name: '+1 h at the beginning of a window',
    strikes: [{ ...inWindow(0), clockMs: hour }, back],
    excluded: true,
    rare: true,
  },
  {
    name: '-1 h at the end of a window',
    strikes: [{ ...inWindow(1), clockMs: -hour }, back],
    excluded: true,
    rare: true,
  },
  {
    name: '+1 h between two rounds',
    strikes: [{ before: '-one.parquet', clockMs: hour }, back],
    excluded: false,
  },
];

for (const { name, strikes, excluded } of usual(jumps)) {
  test(`the clock jumps, ${name}: ${excluded ? 'the round does not count' : 'nothing is lost'}`, async (t) => {
    const lab = await Lab.open(t, { plan: window });
    const { stderr } = await lab.run([...strikes, { ...stopAfter(1), delayMs: 100 }]);
    const [first] = await lab.rounds();
    assert.ok(first, stderr);
    if (excluded) {
      assert.equal(first.excluded?.cause, 'clock', stderr);
      assert.match(first.excluded?.detail ?? '', /^the machine's clock jumped by -?\d+ ms/);
    } else {
      assert.notEqual(first.excluded?.cause, 'clock', stderr);
    }
  });
}

test('k6 killed while both variants are alive: neither round counts, both are measured again', async (t) => {
  const lab = await Lab.open(t, { plan: { ...long, mode: 'fine' } });
  const report = reportOf(await lab.run([{ ...halfWay, kill: 'run --quiet' }]));
  assert.equal(report.blocks, 2);
  const lost = ['generator-died', 'generator-died'];
  assert.deepEqual(await lab.causes(), [...lost, 'counts', 'counts', 'counts', 'counts']);
  await lab.assertNothingLeft();
});

/** By what stands in its command. */
const parts: { part: 'redis' | 'mysql'; program: string; rare?: true }[] = [
  { part: 'redis', program: 'redis-server' },
  { part: 'mysql', program: 'mysql', rare: true },
];

for (const { part, program } of usual(parts)) {
  test(`${part} killed in a window: the block does not count, ${part} is started again, the block measured again`, async (t) => {
    const lab = await Lab.open(t, { plan: long, needs: [part] });
    const ended = await lab.run([{ ...halfWay, kill: program }]);
    assert.equal(reportOf(ended).blocks, 2);
    assert.deepEqual(await lab.causes(), ['stack-died', 'counts', 'counts', 'counts', 'counts']);
    assert.match(ended.stderr, new RegExp(`${part} died during the round`));
    await lab.assertNothingLeft();
  });
}

test('Jaeger killed in the trace pass: the measurement stands, the evidence says what is missing', async (t) => {
  const lab = await Lab.open(t, { plan: { tracePassSeconds: 0.5 }, service: { telemetry: 'inject' } });
  const ended = await lab.run([{ stage: 'trace', kill: 'jaeger' }]);
  assert.equal(reportOf(ended).blocks, 2);
  const { missing } = await (await lab.latest()).read('evidence.json');
  assert.match(missing.join('\n'), /traces of (one|two): /);
  await lab.assertNothingLeft();
});

test('run and reaper both killed in a window: the next command ends what is left, and says so', async (t) => {
  const lab = await Lab.open(t, { plan: long });
  const struck = await lab.run([{ ...halfWay, kill: 'reaper.ts', signal: 'SIGKILL' }]);
  assert.equal(struck.signal, 'SIGKILL', struck.stderr);
  assert.ok(lab.living().length >= 2, 'service and k6 live on');
  const status = await lab.dyno(['status']);
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stderr, /killed faulty \(\w+\) \(pid \d+.*\), left behind by run /);
  assert.match(status.stderr, /killed k6 \(pid \d+\), left behind by run /);
  assert.match(status.stdout, /was interrupted in block 1 of 2: dyno run --resume/);
  await lab.assertNothingLeft();
});

const stranger = /process \d+ \(.*service\.ts twin\)/;
const strangers: { fault: string; what: string; says: RegExp; inWindow: boolean; rare?: true }[] = [
  { fault: 'twin', what: 'shares its very address', says: stranger, inWindow: true },
  { fault: 'replace', what: 'takes its place', says: stranger, inWindow: true },
  {
    fault: 'elsewhere',
    what: 'is on 127.0.0.1 while it is on ::1',
    says: stranger,
    inWindow: false,
    rare: true,
  },
  {
    fault: 'port',
    what: 'nobody: it listens on another port',
    says: /listens on port \d+, not on \d+/,
    inWindow: false,
    rare: true,
  },
];

for (const { fault, what, says, inWindow: late } of usual(strangers)) {
  test(`somebody else on the port of the service (${what}) is never measured, and named`, async (t) => {
    const lab = await Lab.open(t, {
      candidate: { FAULT: fault, FAULT_AFTER: '20' },
      // Whoever comes in it has to start first.
      plan: { windowSeconds: 2 },
      service: late ? {} : { readyTimeoutSeconds: 3 },
    });
    const { code, stderr } = await lab.run();
    assert.equal(code, 4, stderr);
    assert.match(stderr, says);
    const causes = await lab.causes();
    assert.equal(causes.includes('port'), late, causes.join());
    assert.equal(
      (await lab.rounds()).some(({ variant, excluded }) => variant === 'two' && !excluded),
      false,
    );
  });
}

const outputs: { fault: string; ends: boolean; rare?: true }[] = [
  { fault: 'chatter', ends: false },
  { fault: 'flood', ends: true },
  { fault: 'line', ends: true, rare: true },
];

for (const { fault, ends } of usual(outputs)) {
  test(`a service that prints megabytes (${fault}) ${ends ? 'ends the run with that message' : 'is measured'}`, async (t) => {
    const lab = await Lab.open(t, {
      candidate: { FAULT: fault, FAULT_AFTER: '20' },
      plan: { windowSeconds: 1.5 },
    });
    const ended = await lab.run();
    if (ends) {
      assert.equal(ended.code, 4, ended.stderr);
      assert.match(ended.stderr, /wrote more than 64 MiB/);
      assert.ok(ended.stderr.length < 20_000, 'not the output itself');
    } else {
      reportOf(ended);
    }
    await lab.assertNothingLeft();
  });
}

import type { Meter } from '@opentelemetry/api';
import type { Losses } from './losses.ts';
import { metrics } from './names.ts';

/** CPU and memory of this process, read when metrics are collected. */
export function recordProcess(meter: Meter): void {
  const cpu = meter.createObservableCounter(metrics.processCpu.name, metrics.processCpu);
  const memory = meter.createObservableUpDownCounter(metrics.processMemory.name, metrics.processMemory);
  cpu.addCallback((result) => {
    const { user, system } = process.cpuUsage();
    result.observe(user / 1e6, { 'cpu.mode': 'user' });
    result.observe(system / 1e6, { 'cpu.mode': 'system' });
  });
  memory.addCallback((result) => result.observe(process.memoryUsage.rss()));
}

export function recordLosses(meter: Meter, losses: Losses): void {
  const dropped = meter.createObservableCounter(metrics.telemetryDropped.name, metrics.telemetryDropped);
  dropped.addCallback((result) => result.observe(losses.spans + losses.metricExports));
}

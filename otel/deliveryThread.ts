import { parentPort } from 'node:worker_threads';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { createDelivery, type Parcel } from './delivery.ts';

/** What comes back from the thread: how a parcel fared, or what the exporter would have written into the log. */
export type Answer =
  | { id: number; failure: { message: string; code: unknown } | null }
  | { level: 'warn' | 'error'; line: string };

const say = (answer: Answer): void => parentPort?.postMessage(answer);
const logged =
  (level: 'warn' | 'error') =>
  (message: string, ...rest: unknown[]): void =>
    say({ level, line: [message, ...rest.map(String)].join(' ') });
const nothing = (): void => {};
diag.setLogger(
  { error: logged('error'), warn: logged('warn'), info: nothing, debug: nothing, verbose: nothing },
  DiagLogLevel.WARN,
);

const deliver = createDelivery();
parentPort?.on('message', ({ id, parcel }: { id: number; parcel: Parcel }) => {
  deliver(parcel).then(
    () => say({ id, failure: null }),
    (error: Error & { code?: unknown }) => say({ id, failure: { message: error.message, code: error.code } }),
  );
});

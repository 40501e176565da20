import type { Experiment, Variant } from '@dyno/contracts/experiment';
import type { Note } from '@dyno/otel/names';

type Telemetry = Experiment['service']['telemetry'];

/** Why a trace pass would be in vain; null when it may show something. */
export function cannotTrace(telemetry: Telemetry, { url }: Variant): string | null {
  if (url !== undefined) return 'Dyno did not start it, so that nothing could be put into it';
  if (telemetry === 'none') return 'the experiment says telemetry: none';
  return null;
}

/** Why Jaeger has no trace, by what the processes of the service said of themselves. */
export function whyUntraced(telemetry: Telemetry, notes: readonly Note[]): string {
  const traced = notes.filter(({ state }) => state === 'traced').length;
  if (telemetry === 'own') {
    return traced > 0
      ? 'it recorded, but nothing came from its requests; its log may say why (lines that begin with "telemetry:")'
      : 'it sent none: its telemetry is its own, and takes the address from OTEL_EXPORTER_OTLP_ENDPOINT';
  }
  if (traced > 0)
    return "the service answered no request through Node's own HTTP server, or too many at once to send what it recorded";
  const failed = notes.find((note) => note.state === 'failed');
  if (failed) return `Dyno's telemetry could not be loaded into it: ${failed.why}`;
  const alone = notes.findLast((note) => note.state === 'left alone');
  if (alone) return `no process of it could be traced: ${alone.why}`;
  return 'no process of it loaded what NODE_OPTIONS asks for: it is not a Node service, or it removes that variable';
}

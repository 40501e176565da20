import { ExportResultCode } from '@opentelemetry/core';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';

/** One export, encoded. */
export interface Parcel {
  signal: 'traces' | 'metrics';
  /** Further tries included. */
  timeoutMillis: number;
  bytes: Uint8Array;
}
export type Deliver = (parcel: Parcel) => Promise<void>;

/**
 * Sends what is encoded already, over OTLP/HTTP as the usual variables say: address, headers, certificates and compression are read, and
 * failures tried again, by OpenTelemetry's exporter. Rejects with the last failure.
 */
export function createDelivery(): Deliver {
  const routes = new Map<string, ReturnType<typeof routeOf>>();
  return async ({ signal, timeoutMillis, bytes }) => {
    const key = `${signal} ${timeoutMillis}`;
    const route = routes.get(key) ?? routeOf(signal, timeoutMillis);
    routes.set(key, route);
    await new Promise<void>((resolve, reject) => {
      route.export(bytes, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new Error('export failed'));
      });
    });
  };
}

function routeOf(signal: Parcel['signal'], timeoutMillis: number) {
  const isTraces = signal === 'traces';
  const { deserializeResponse } = isTraces ? ProtobufTraceSerializer : ProtobufMetricsSerializer;
  return createOtlpHttpExportDelegate<Uint8Array, unknown>(
    convertLegacyHttpOptions({ timeoutMillis }, signal.toUpperCase(), `v1/${signal}`, {
      'Content-Type': 'application/x-protobuf',
    }),
    { serializeRequest: (bytes) => bytes, deserializeResponse: (data) => deserializeResponse(data) },
    `otlp_http_${isTraces ? 'span' : 'metric'}_exporter`,
    { name: isTraces ? 'span' : 'metric_data_point', countItems: () => 1 },
    undefined,
  );
}

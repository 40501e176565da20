/** W3C trace context: the trace begins at the virtual user, who also decides whether it is recorded (the service samples by its parent). */
export function traceparent(sampling: number): string {
  // Not all zero, which the specification forbids: the first digits are never 0.
  const traceId = hex8(0x10000000) + hex8() + hex8() + hex8();
  const spanId = hex8(0x10000000) + hex8();
  return `00-${traceId}-${spanId}-${Math.random() < sampling ? '01' : '00'}`;
}

/** Eight digits at once: one at a time would cost k6 more than sending the request. */
function hex8(least = 0): string {
  const number = least + Math.floor(Math.random() * (0x100000000 - least));
  return number.toString(16).padStart(8, '0');
}

/** W3C trace context: the trace begins at the virtual user, who also decides whether it is recorded (the service samples by its parent). */
export function traceparent(sampling: number): string {
  return `00-${hex(32)}-${hex(16)}-${Math.random() < sampling ? '01' : '00'}`;
}

/** Not all zero, which the specification forbids: the first digit is 1 to f. */
function hex(digits: number): string {
  let text = (1 + Math.floor(Math.random() * 15)).toString(16);
  while (text.length < digits) text += Math.floor(Math.random() * 16).toString(16);
  return text;
}

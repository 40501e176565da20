/** The body of a 200; anything else throws. */
export async function checkUrl(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  const body = await response.text();
  if (response.ok) return body;
  throw new Error(`${url} answered ${response.status}: ${body.slice(0, 200)}`);
}

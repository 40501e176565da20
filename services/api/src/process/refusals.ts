/** What is refused before the service has a request, in the same words whoever stands in front. */
export interface Refusal {
  status: number;
  title: string;
  detail: string;
}

export const unreadable: Refusal = {
  status: 400,
  title: 'Bad request',
  detail: 'The request cannot be read: its address or a header is malformed.',
};

export const tooSlow: Refusal = {
  status: 408,
  title: 'Request timeout',
  detail: 'The request did not arrive in time.',
};

export const headersTooLarge: Refusal = {
  status: 431,
  title: 'Request header fields too large',
  detail: 'A header is too large, or all of them together are.',
};

export const chunksTooLarge: Refusal = {
  status: 413,
  title: 'Content too large',
  detail: 'What stands beside the chunks of the body is too large.',
};

/** As problem+json. */
export function bodyOf({ title, status, detail }: Refusal): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail });
}

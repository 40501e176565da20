import { bodyOf, headersTooLarge, type Refusal, tooSlow, unreadable } from './refusals.ts';

/** What nginx says by itself, as the service would: problem+json, and not a page of nginx. */
interface NginxRefusal extends Refusal {
  /** By nginx's own codes: 494 is a header that is too large, 497 plain HTTP on the port for HTTPS. */
  codes: readonly number[];
}

const refused: readonly NginxRefusal[] = [
  { codes: [400], ...unreadable },
  {
    codes: [497],
    status: 400,
    title: 'Bad request',
    detail: 'This port speaks HTTPS only; begin the address with https://.',
  },
  { codes: [404], status: 404, title: 'Not found', detail: 'There is nothing at this address.' },
  {
    codes: [405],
    status: 405,
    title: 'Method not allowed',
    detail: 'This method is not possible here.',
  },
  { codes: [408], ...tooSlow },
  { codes: [414], status: 414, title: 'URI too long', detail: 'The address is too long.' },
  { codes: [494], ...headersTooLarge },
  {
    codes: [500],
    status: 500,
    title: 'Internal error',
    detail: 'Something went wrong here; it has been logged.',
  },
  {
    codes: [501],
    status: 501,
    title: 'Not implemented',
    detail: 'This way of sending a body is not known here.',
  },
  {
    codes: [505],
    status: 505,
    title: 'HTTP version not supported',
    detail: 'This version of HTTP is not spoken here.',
  },
];

/** Addresses and not names: a request whose address cannot be read cannot be handed to a named location. */
function refusals(secureLines: string): string {
  return refused
    .map(
      ({ codes, ...problem }) => `    error_page ${codes.join(' ')} =${problem.status} /.refused/${codes[0]};
    location = /.refused/${codes[0]} {
      internal;
      default_type application/problem+json;
${secureLines}      add_header Cache-Control no-store always;
      return ${problem.status} '${bodyOf(problem)}';
    }
`,
    )
    .join('');
}

const unavailable = (secureLines: string) => `    error_page 502 504 =503 @unavailable;
    location @unavailable {
      internal;
      default_type application/problem+json;
${secureLines}      add_header Retry-After 1 always;
      add_header Cache-Control no-store always;
      return 503 '${bodyOf({ status: 503, title: 'Service unavailable', detail: 'No instance of the service answers; try again.' })}';
    }
`;

/** With the headers of the service's own answers, one line each. */
export function ownAnswers(secureLines: string): string {
  return unavailable(secureLines) + refusals(secureLines);
}

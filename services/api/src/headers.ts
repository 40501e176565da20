import type { Context, Middleware, Next } from 'koa';
import helmet from 'koa-helmet';

/** Data is no page: no browser may run, frame or guess at it. `https`: browsers are told to come back by https only. */
export function dataHeaders(https: boolean): readonly (readonly [name: string, value: string])[] {
  return [
    ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
    ['X-Content-Type-Options', 'nosniff'],
    ...(https ? [['Strict-Transport-Security', 'max-age=31536000; includeSubDomains'] as const] : []),
  ];
}

/** Headers of every answer; there are none for other origins, so that their scripts can read nothing (CORS is closed). */
export function secureData(https: boolean): Middleware {
  const headers = dataHeaders(https);
  return function secure(ctx: Context, next: Next) {
    for (const [name, value] of headers) ctx.res.setHeader(name, value);
    return next();
  };
}

/** What pages may do: scripts, styles and pictures of our own, nothing of others. */
const pages = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // secureData decides: it knows whether there is https.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
});

/** For an HTML answer, in place of the headers of data. */
export async function securePage(ctx: Context): Promise<void> {
  await pages(ctx, async () => {});
}

import type { Middleware } from 'koa';
import type { Config } from '../config.ts';
import { compressAnswers } from '../optimizations/compression.ts';
import { answerIfUnchanged } from '../optimizations/httpCache.ts';
import type { Route } from '../routes/route.ts';
import { staticRoutes } from '../routes/static.ts';
import { staticFolder } from '../static/staticFolder.ts';

/** How answers leave the service, and the files that it serves. */
export function delivery(config: Config): {
  routes: Route[];
  middleware: readonly Middleware[];
  /** Makes the files, where no start has made them before. */
  prepare(): Promise<void>;
} {
  const on = config.optimizations;
  const compressed = on.has('precompressed-static');
  let made: Promise<string> | null = null;
  const folder = () => {
    made ??= staticFolder({ parent: config.staticFolder, compressed }).catch((error) => {
      // Whoever asks next tries again.
      made = null;
      throw error;
    });
    return made;
  };
  return {
    routes: staticRoutes({
      folder,
      compressed,
      answerIfUnchanged: on.has('http-cache') ? answerIfUnchanged : null,
    }),
    middleware: on.has('compression') ? [compressAnswers] : [],
    async prepare() {
      await folder();
    },
  };
}

import { join } from 'node:path';
import type { NextConfig } from 'next';

const config: NextConfig = {
  // The workspace is the root: contracts and the report's words live outside this folder.
  turbopack: { root: join(import.meta.dirname, '..') },
  transpilePackages: ['@dyno/charts', '@dyno/contracts', '@dyno/lab'],
  // `npm run check` checks the types of the whole project; a start need not wait for it again.
  typescript: { ignoreBuildErrors: true },
  experimental: { optimizePackageImports: ['@mantine/core', '@mantine/hooks'] },
  images: { unoptimized: true },
  poweredByHeader: false,
  // Bytes on the loopback cost nothing; compressing them would take the measured machine's CPU.
  compress: false,
  devIndicators: false,
};

export default config;

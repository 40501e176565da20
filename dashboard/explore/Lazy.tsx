'use client';

import dynamic from 'next/dynamic';

/** Recharts draws nothing on a server and weighs more than the rest of the page: it comes when a reader is near, over what the server drew. */
export const LatencyOverTime = dynamic(
  () => import('./LatencyOverTime.tsx').then((module) => module.LatencyOverTime),
  { ssr: false },
);
export const Throughput = dynamic(() => import('./Throughput.tsx').then((module) => module.Throughput), {
  ssr: false,
});
export const ProcessesOverTime = dynamic(
  () => import('./ProcessesOverTime.tsx').then((module) => module.ProcessesOverTime),
  { ssr: false },
);
export const Percentiles = dynamic(() => import('./Percentiles.tsx').then((module) => module.Percentiles), {
  ssr: false,
});
export const Distribution = dynamic(
  () => import('./Distribution.tsx').then((module) => module.Distribution),
  {
    ssr: false,
  },
);

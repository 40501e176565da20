'use client';

import dynamic from 'next/dynamic';
import styles from './explore.module.css';

/** Recharts draws nothing on a server and weighs more than the rest of the page: it comes later, into a box of the final height. */
const box = (height: number) => () => <div className={styles.box} style={{ height }} aria-hidden="true" />;

/** Chart, read-out line and legend; see `explore.module.css`. */
export const LatencyOverTime = dynamic(
  () => import('./LatencyOverTime.tsx').then((module) => module.LatencyOverTime),
  {
    ssr: false,
    loading: box(302),
  },
);
export const Throughput = dynamic(() => import('./Throughput.tsx').then((module) => module.Throughput), {
  ssr: false,
  loading: box(232),
});
export const CpuOverTime = dynamic(() => import('./CpuOverTime.tsx').then((module) => module.CpuOverTime), {
  ssr: false,
  loading: box(262),
});
export const Percentiles = dynamic(() => import('./Percentiles.tsx').then((module) => module.Percentiles), {
  ssr: false,
  loading: box(302),
});

'use client';

import type { Progress } from '@dyno/contracts/run';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { ProgressStrip } from './ProgressStrip.tsx';

/** The page is watched on the machine that is measured, and an ablation takes minutes: it asks seldom, and not while hidden. */
const againMs = 5_000;

/** How far an ablation is, its variant in words; the page asks again by itself, until its answer is there. */
export function AblationProgress({ progress }: { progress: Progress }) {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) router.refresh();
    }, againMs);
    return () => clearInterval(timer);
  }, [router]);
  return (
    <ProgressStrip
      label="Progress of the ablation"
      seen={progress}
      what={progress.variant ? `with ${progress.variant}` : ''}
      of="of"
      message="Nothing is judged before the end."
    />
  );
}

'use client';

import { ActionIcon, useMantineColorScheme } from '@mantine/core';
import styles from './ThemeToggle.module.css';

/** Both pictures are in the page and the style sheet shows one: the server cannot know the theme. */
export function ThemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const toggle = () => {
    const shown = document.documentElement.getAttribute('data-mantine-color-scheme');
    setColorScheme(shown === 'dark' ? 'light' : 'dark');
  };
  return (
    <ActionIcon
      variant="transparent"
      className={styles.toggle}
      size={36}
      onClick={toggle}
      aria-label="Switch between light and dark"
    >
      <svg viewBox="0 0 24 24" width="19" height="19" aria-hidden="true" className={styles.moon}>
        <path
          d="M20 14.200A8.200 8.200 0 0 1 9.800 4 8.200 8.200 0 1 0 20 14.200Z"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.800"
          strokeLinejoin="round"
        />
      </svg>
      <svg viewBox="0 0 24 24" width="19" height="19" aria-hidden="true" className={styles.sun}>
        <circle cx="12" cy="12" r="4.200" fill="none" stroke="currentColor" strokeWidth="1.800" />
        <path
          d="M12 2.500v2.500M12 19v2.500M2.500 12H5M19 12h2.500M5.300 5.300 7 7M17 17l1.700 1.700M18.700 5.300 17 7M7 17l-1.700 1.700"
          stroke="currentColor"
          strokeWidth="1.800"
          strokeLinecap="round"
        />
      </svg>
    </ActionIcon>
  );
}

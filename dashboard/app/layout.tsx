import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/default-css-variables.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/ActionIcon.css';
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/Table.css';
import '@dyno/charts/palette.css';
import '@dyno/charts/charts.css';
import './globals.css';
import { ColorSchemeScript, MantineProvider, mantineHtmlProps } from '@mantine/core';
import type { Metadata, Viewport } from 'next';
import localFont from 'next/font/local';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { TopBar } from '../components/TopBar.tsx';

const inter = localFont({
  src: '../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  weight: '100 900',
  variable: '--font-inter',
});

export const metadata: Metadata = {
  title: { default: 'Runs · Dyno', template: '%s · Dyno' },
  description: 'Is it faster, by how much, how surely?',
};

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f8f9fa' },
    { media: '(prefers-color-scheme: dark)', color: '#1c1d1f' },
  ],
};

export default async function Layout({ children }: { children: ReactNode }) {
  // Asking for the headers also makes every page rendered per request, which its nonce needs.
  const nonce = (await headers()).get('x-nonce') ?? '';
  return (
    <html lang="en" className={inter.variable} {...mantineHtmlProps}>
      <head>
        <ColorSchemeScript defaultColorScheme="auto" nonce={nonce} />
      </head>
      <body>
        {/* Mantine's variables come from its style sheet: no inline style, nothing that needs the nonce. */}
        <MantineProvider defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
          <TopBar />
          {children}
        </MantineProvider>
      </body>
    </html>
  );
}

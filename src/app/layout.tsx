import './globals.css';
import { type Metadata, type Viewport } from 'next';
import { headers } from 'next/headers';
import { type ReactNode } from 'react';
import { NONCE_HEADER } from '@/http';
import { ThemeProvider } from '@/ui/theme';

export const metadata: Metadata = {
  title: { default: 'Tollgate', template: '%s · Tollgate' },
  description: 'Meter, limit and bill the use of an API.',
  icons: { icon: '/favicon.svg' },
  robots: { index: false },
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbfaf8' },
    { media: '(prefers-color-scheme: dark)', color: '#0b0f12' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Asked for in the layout, so that every page is made for its request: a page made beforehand could carry no nonce.
  const nonce = (await headers()).get(NONCE_HEADER) ?? undefined;
  return (
    // The theme's class is set before React wakes up.
    <html lang="en" suppressHydrationWarning>
      <body className="font-sans">
        <ThemeProvider nonce={nonce}>{children}</ThemeProvider>
      </body>
    </html>
  );
}

// Not because anything moves: handed over as data the page is half as long, and made in half the time, as when handed over as
// elements. It is made for each request, see the root layout.
'use client';

import Link from 'next/link';
import { type ErrorGuideEntry } from '@/http';
import { CodeBlock } from '@/ui/code-block';
import { Logo } from '@/ui/logo';
import { ErrorTable } from './error-table';
import { OperationArticle } from './operation-article';
import { type ReferenceGroup } from './reference';

const anchorOf = (group: ReferenceGroup): string => group.name.toLowerCase().replaceAll(' ', '-');

function Contents({ groups }: { groups: ReferenceGroup[] }) {
  return (
    <nav aria-label="Operations" className="mb-8 text-sm lg:sticky lg:top-0 lg:max-h-dvh lg:overflow-y-auto lg:py-8">
      <ul className="space-y-4">
        {groups.map((group) => (
          <li key={group.name}>
            <a href={`#${anchorOf(group)}`} className="font-semibold hover:underline">
              {group.name}
            </a>
            <ul className="mt-1 space-y-0.5">
              {group.operations.map(({ id, summary }) => (
                <li key={id}>
                  <a href={`#${id}`} className="block py-0.5 text-ink-2 hover:text-ink hover:underline">
                    {summary}
                  </a>
                </li>
              ))}
            </ul>
          </li>
        ))}
        <li>
          <a href="#errors" className="font-semibold hover:underline">
            Error codes
          </a>
        </li>
      </ul>
    </nav>
  );
}

const SETUP = `export TOLLGATE_URL=https://usage.example.com
export TOLLGATE_KEY=tg_live_…`;

/** The reference: what can be called, and what can go wrong. */
export function ReferencePage({ groups, errors }: { groups: ReferenceGroup[]; errors: ErrorGuideEntry[] }) {
  return (
    <div className="mx-auto max-w-6xl px-4 lg:grid lg:grid-cols-[14rem_minmax(0,1fr)] lg:gap-10">
      <header className="flex items-center justify-between py-4 lg:col-span-2 lg:border-b">
        <Link href="/usage" aria-label="Tollgate, to usage">
          <Logo />
        </Link>
        <a href="/api/openapi.json" className="text-accent underline">
          OpenAPI document
        </a>
      </header>
      <Contents groups={groups} />
      <main className="min-w-0 py-4 lg:py-8">
        <h1 className="text-xl font-semibold tracking-[-0.015em]">API reference</h1>
        <p className="mt-2 mb-4 max-w-prose text-ink-2">
          JSON over HTTP. Instants are UTC, ranges include their beginning and not their end. Send an API key as a
          bearer token or in X-API-Key. Every answer carries X-Request-Id; every failure is a problem document (RFC
          9457) whose code is one of{' '}
          <a href="#errors" className="text-accent underline">
            these
          </a>
          . The samples expect:
        </p>
        <CodeBlock code={SETUP} what="the setup of the samples" />
        {groups.map((group) => (
          <section key={group.name} aria-labelledby={anchorOf(group)} className="mt-10">
            <h2 id={anchorOf(group)} className="scroll-mt-6 pb-3 text-lg font-semibold">
              {group.name}
            </h2>
            {group.operations.map((operation) => (
              <OperationArticle key={operation.id} operation={operation} />
            ))}
          </section>
        ))}
        <section aria-labelledby="errors" className="mt-10">
          <h2 id="errors" className="scroll-mt-6 pb-3 text-lg font-semibold">
            Error codes
          </h2>
          <ErrorTable entries={errors} />
        </section>
      </main>
    </div>
  );
}

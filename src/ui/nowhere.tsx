import Link from 'next/link';
import { Button } from './button';
import { LogoMark } from './logo';

/** What stands at an address without a page. It does not tell what is missing from what is forbidden. */
export function Nowhere({ home }: { home: { href: string; label: string } }) {
  return (
    <div className="py-16 text-center">
      <LogoMark className="mx-auto size-9" />
      <h1 className="mt-4 text-xl font-semibold tracking-[-0.015em]">This road leads nowhere</h1>
      <p className="mt-1 mb-5 text-ink-3">There is no page at this address, or it is not yours to see.</p>
      <Button asChild>
        <Link href={home.href}>{home.label}</Link>
      </Button>
    </div>
  );
}

import { Card } from '@/ui/card';
import { CodeBlock } from '@/ui/code-block';
import { type UsageMode } from './usage-selection';

/** What stands on the usage page before the first call: how to make it. */
export function FirstCall({ apiUrl, mode }: { apiUrl: string; mode: UsageMode }) {
  return (
    <Card>
      <div className="grid gap-4 p-4 md:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)] md:items-center">
        <div>
          <h2 className="text-base font-semibold">Make the first {mode === 'test' ? 'test ' : ''}call</h2>
          <p className="mt-0.5 text-sm text-ink-3">
            <a href="/keys" className="font-medium text-accent underline underline-offset-2">
              Create a {mode} key
            </a>
            , put it into this line and run it. The call appears here within seconds.
          </p>
        </div>
        <CodeBlock
          what="sample call"
          code={`curl ${apiUrl}/api/v1/echo \\\n  -H "Authorization: Bearer tg_${mode}_…"`}
        />
      </div>
    </Card>
  );
}

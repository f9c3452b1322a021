import { CopyButton } from './copy-button';

/** Code to be copied: wrapped, never wider than its place. */
export function CodeBlock({ code, what }: { code: string; what: string }) {
  return (
    <div className="flex items-start gap-2 rounded-md border bg-sunken py-1.5 pr-1.5 pl-3">
      <pre className="min-w-0 flex-1 py-1 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]">
        <code>{code}</code>
      </pre>
      <CopyButton text={code} what={what} compact />
    </div>
  );
}

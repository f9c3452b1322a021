import { ChevronRight } from 'lucide-react';
import { Badge } from '@/ui/badge';
import { RelativeTime } from '@/ui/relative-time';

const LINK = /(https?:\/\/[^\s<>"]+)/;

interface Message {
  recipient: string;
  subject: string;
  body_text: string;
  created_at: string;
  sent_at: string | null;
  given_up_at: string | null;
  /** Why the last attempt to send it failed. */
  last_error: string | null;
}

/** One message, folded. Its links can be followed: without a mail server this is the only way to them. */
export function OutboxMessage({ message }: { message: Message }) {
  const { recipient, subject, body_text, created_at, sent_at, given_up_at, last_error } = message;
  return (
    <li className="border-t first:border-t-0">
      <details className="group">
        <summary className="flex min-h-11 list-none flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 hover:bg-canvas focus-visible:-outline-offset-2 dark:hover:bg-sunken/50 [&::-webkit-details-marker]:hidden">
          <ChevronRight
            aria-hidden
            className="size-3.5 shrink-0 text-ink-3 transition-transform group-open:rotate-90"
          />
          <span className="min-w-0 flex-1 basis-48 truncate font-medium">{subject}</span>
          <span className="min-w-0 max-w-full truncate text-ink-2">{recipient}</span>
          <span className="text-xs text-ink-3">
            <RelativeTime at={created_at} />
          </span>
          <Badge tone={sent_at ? 'good' : given_up_at ? 'bad' : last_error ? 'warn' : 'neutral'}>
            {sent_at ? 'sent' : given_up_at ? 'given up' : last_error ? 'not sent' : 'kept here'}
          </Badge>
        </summary>
        {last_error && <p className="px-4 pb-2 pl-10.5 text-xs text-warn [overflow-wrap:anywhere]">{last_error}</p>}
        <pre className="px-4 pb-4 pl-10.5 font-mono text-xs leading-5 whitespace-pre-wrap text-ink-2 [overflow-wrap:anywhere]">
          {body_text.split(LINK).map((part, index) =>
            LINK.test(part) ? (
              <a key={index} href={part} className="text-accent underline underline-offset-2">
                {part}
              </a>
            ) : (
              part
            ),
          )}
        </pre>
      </details>
    </li>
  );
}

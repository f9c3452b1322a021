import { type ReactNode } from 'react';
import { Badge, type Tone } from '@/ui/badge';
import { CodeBlock } from '@/ui/code-block';
import { FieldTable } from './field-table';
import { type ReferenceBody, type ReferenceOperation } from './reference';

const TONES: Record<string, Tone> = { GET: 'accent', POST: 'good', PATCH: 'warn', DELETE: 'bad' };

function Part({ title, note, children }: { title: string; note?: ReactNode; children?: ReactNode }) {
  return (
    <div className="mt-4">
      <h4 className="mb-1.5 text-xs font-semibold">
        {title}
        {note !== undefined && <span className="ml-2 font-normal text-ink-3">{note}</span>}
      </h4>
      {children}
    </div>
  );
}

const bodyNote = (body: ReferenceBody) => `${body.type} · ${body.contentTypes.join(', ')}`;

/** One operation: what it is for, what goes in, what comes out, and a line to try it. */
export function OperationArticle({ operation }: { operation: ReferenceOperation }) {
  const { id, method, path, summary, description, access, parameters, body, answer, errors, sample } = operation;
  return (
    <article id={id} aria-labelledby={`${id}-title`} className="scroll-mt-6 border-t py-6">
      <h3 id={`${id}-title`} className="text-base font-semibold">
        {summary}
      </h3>
      <p className="mt-1 flex flex-wrap items-center gap-2">
        <Badge tone={TONES[method]} mono>
          {method}
        </Badge>
        <code className="font-mono text-xs [overflow-wrap:anywhere]">{path}</code>
      </p>
      {description !== '' && <p className="mt-2 max-w-prose text-ink-2">{description.replaceAll('`', '')}</p>}
      <p className="mt-1 text-xs text-ink-3">Called with: {access}</p>
      <Part title="Try it">
        <CodeBlock code={sample} what={`the command for ${path}`} />
      </Part>
      {parameters.length > 0 && (
        <Part title="Parameters">
          <FieldTable label={`Parameters of ${method} ${path}`} rows={parameters} />
        </Part>
      )}
      {body && (
        <Part title="Body" note={bodyNote(body)}>
          {body.rows.length > 0 && <FieldTable label={`Body of ${method} ${path}`} rows={body.rows} />}
        </Part>
      )}
      <Part title={`Answer ${answer.status}`} note={answer.body ? bodyNote(answer.body) : undefined}>
        <p className="mb-1.5 text-ink-2">{answer.says}</p>
        {answer.body && answer.body.rows.length > 0 && (
          <FieldTable label={`Answer of ${method} ${path}`} rows={answer.body.rows} received />
        )}
      </Part>
      {errors.length > 0 && (
        <Part title="Errors">
          <ul className="space-y-1">
            {errors.map(({ status, codes }) => (
              <li key={status} className="flex flex-wrap gap-x-2 gap-y-1">
                <span className="w-8 text-ink-3">{status}</span>
                {codes.map((code) => (
                  <a key={code} href={`#error-${code}`} className="font-mono text-xs text-accent underline">
                    {code}
                  </a>
                ))}
              </li>
            ))}
          </ul>
        </Part>
      )}
    </article>
  );
}

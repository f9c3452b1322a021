import { type Problem } from '@/ui/http/problem';
import { Notice } from '@/ui/notice';
import { type DraftErrors, type DraftTerms, FEE_FIELD, fieldsOf } from './simulation-draft';

const ALWAYS = ['plan_key', 'from', 'to'];

/** Why a simulation was refused; what is wrong with fields that are not shown is told here by their names. */
export function SimulationProblem({
  problem,
  errors,
  draft,
}: {
  problem: Problem | null;
  errors: DraftErrors;
  /** What is shown field by field; null: it is shown as JSON. */
  draft: DraftTerms | null;
}) {
  if (!problem) return null;
  const shown = draft ? [FEE_FIELD, ...draft.limits.flatMap(fieldsOf).map(({ path }) => path)] : ['draft'];
  const untold = Object.entries(errors).filter(([path]) => !ALWAYS.includes(path) && !shown.includes(path));
  const isToldBelow = Object.keys(errors).length > 0;
  return (
    <Notice tone="bad" role="alert">
      <p>{isToldBelow ? 'Please correct what is marked below.' : problem.message}</p>
      {untold.length > 0 && (
        <ul className="mt-1 list-disc pl-4">
          {untold.map(([path, message]) => (
            <li key={path}>
              <code className="font-mono text-xs">{path}</code>: {message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

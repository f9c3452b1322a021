import { type IncomingMessage } from 'node:http';
import { problemDocument, type ProblemDocument } from '@/http';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';

/** Methods that `Request` does not know, and which nobody serves. */
const FORBIDDEN = new Set(['TRACE', 'TRACK', 'CONNECT']);

function problemOf({ method = '', url = '' }: Pick<IncomingMessage, 'method' | 'url'>): AppError | null {
  if (FORBIDDEN.has(method))
    return new AppError('method_not_allowed', `${method} is not served.`, { headers: { allow: 'GET, POST' } });
  if (!url.startsWith('/') && !URL.canParse(url)) {
    return new AppError('not_found', 'The target of a request is a path, e.g. /api/health.');
  }
  try {
    decodeURIComponent(url.split('?', 1)[0]!);
    return null;
  } catch (cause) {
    const issue = { field: 'path', message: 'holds escapes that are not UTF-8' };
    return new AppError('invalid_encoding', `path: ${issue.message}`, { cause, issues: [issue] });
  }
}

/** What Next would answer with 500, since neither a URL nor a `Request` can be made of it; null for all else. */
export function refuseUnreadable(request: Pick<IncomingMessage, 'method' | 'url'>): ProblemDocument | null {
  const error = problemOf(request);
  return error && problemDocument(error, newId());
}

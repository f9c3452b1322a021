import { type IncomingMessage, type ServerResponse } from 'node:http';
import { hasHeader, type HeaderList } from './header-list';
import { CLIENT_CLOSED, type MeteredCall } from './metered-call';
import { type ProblemDocument } from './problem';

export interface NodeProblem extends ProblemDocument {
  code: string;
}

const isHeaders = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Answers with a problem document in place of whatever was prepared. Nothing may have been sent yet. */
export function sendProblem(
  response: ServerResponse,
  { status, headers, body }: ProblemDocument,
  ownHeaders: HeaderList = [],
): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  setHeaders(response, ownHeaders);
  for (const name in headers) response.setHeader(name, headers[name]!);
  response.statusCode = status;
  response.statusMessage = '';
  response.end(body);
}

function setHeaders(response: ServerResponse, headers: HeaderList): void {
  for (let n = 0; n < headers.length; n += 2) response.setHeader(headers[n]!, headers[n + 1]!);
}

/** Headers given to writeHead and ours as one list; ours replace those of the same name. */
function mergeHeaders(given: Readonly<Record<string, unknown>>, ownHeaders: HeaderList): unknown[] {
  const merged: unknown[] = [];
  for (const name of Object.keys(given)) {
    if (!hasHeader(ownHeaders, name.toLowerCase())) merged.push(name, given[name]);
  }
  for (const part of ownHeaders) merged.push(part);
  return merged;
}

/**
 * Counts what goes through a node:http exchange and holds its end back until the call is recorded. The head is held
 * back as well until the first bytes of the body leave (so `headersSent` stays false after `writeHead`).
 *
 * The methods of the two objects are replaced rather than their streams wrapped: at some 20 µs for a whole request, one
 * more stream would be the larger part of the cost.
 * @returns what to call when the handler throws.
 */
export function meterNodeResponse(
  request: IncomingMessage,
  response: ServerResponse,
  call: MeteredCall,
  ownHeaders: HeaderList,
  problemOf: (thrown: unknown) => NodeProblem,
): (thrown: unknown) => void {
  // Of the object, not of its prototype: another wrapper may have replaced them before us.
  const original = {
    write: response.write.bind(response) as (...args: unknown[]) => boolean,
    end: response.end.bind(response) as (...args: unknown[]) => ServerResponse,
    writeHead: response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse,
    flushHeaders: response.flushHeaders.bind(response),
  };
  const bodyless = request.method === 'HEAD';
  let requestBytes = 0;
  let responseBytes = 0;
  let errorCode: string | null = null;
  let head: unknown[] | null = null;
  let begun = false;
  let ending = false;

  if (request.method !== 'GET' && !bodyless) {
    // The parser pushes what arrives: counted here, it is exact even if the handler never reads it or the caller leaves.
    const push = request.push.bind(request);
    request.push = function (chunk: unknown, encoding?: BufferEncoding) {
      if (chunk instanceof Uint8Array) requestBytes += chunk.byteLength;
      return push(chunk, encoding);
    };
  }

  const end = (status: number) => call.end({ status, requestBytes, responseBytes, errorCode });

  /** Lets the head go: from here on the answer cannot be replaced. */
  function begin(): void {
    if (begun) return;
    begun = true;
    const last = head?.at(-1);
    // One list of headers is written as it is; headers that were set one by one are first merged by Node.
    if (head && isHeaders(last)) original.writeHead(...head.slice(0, -1), mergeHeaders(last, ownHeaders));
    else {
      setHeaders(response, ownHeaders);
      if (head) original.writeHead(...head);
    }
  }

  function count(chunk: unknown, encoding: unknown): void {
    if (bodyless || chunk === undefined || chunk === null) return;
    if (typeof chunk !== 'string') responseBytes += (chunk as Uint8Array).byteLength;
    else
      responseBytes += Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }

  response.writeHead = function (...args: unknown[]) {
    // Node calls this itself for a head that was not written by hand, once the first bytes leave.
    if (begun) return original.writeHead(...args);
    head = args;
    response.statusCode = args[0] as number;
    return response;
  };

  response.flushHeaders = function () {
    begin();
    original.flushHeaders();
  };

  response.write = function (...args: unknown[]) {
    if (ending) return false;
    begin();
    count(args[0], args[1]);
    return original.write(...args);
  } as typeof response.write;

  response.end = function (...args: unknown[]) {
    if (ending) return response;
    ending = true;
    if (typeof args[0] !== 'function') count(args[0], args[1]);
    end(response.statusCode).then(
      () => {
        begin();
        original.end(...args);
      },
      (thrown: unknown) => abandon(thrown),
    );
    return response;
  } as typeof response.end;

  /** The call could not be recorded: what was prepared must not reach the caller as an answer. */
  function abandon(thrown: unknown): void {
    if (begun) return void response.destroy();
    head = null;
    begun = true;
    response.end = original.end as typeof response.end;
    sendProblem(response, problemOf(thrown), ownHeaders);
  }

  response.once('close', () => {
    // A caller who hung up hears no refusal either; the tracker reports what it cannot keep.
    if (!ending) void end(CLIENT_CLOSED).catch(() => undefined);
  });

  return (thrown) => {
    if (ending || response.destroyed) return;
    const problem = problemOf(thrown);
    errorCode = problem.code;
    if (!begun) {
      head = null;
      return sendProblem(response, problem, ownHeaders);
    }
    ending = true;
    const destroy = () => void response.destroy();
    end(500).then(destroy, destroy);
  };
}

import { type IncomingMessage, type ServerResponse } from 'node:http';
import { assertChunk, assertStatus, checkedHead, headersSentError } from './node-head';
import { hasHeader, type HeaderList } from '../header-list';
import { CLIENT_CLOSED, type MeteredCall } from './metered-call';
import { type ProblemDocument } from '../problem';

export interface NodeProblem extends ProblemDocument {
  code: string;
}

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
function mergeHeaders(given: readonly unknown[], ownHeaders: HeaderList): unknown[] {
  const merged: unknown[] = [];
  for (let n = 0; n < given.length; n += 2) {
    if (!hasHeader(ownHeaders, String(given[n]).toLowerCase())) merged.push(given[n], given[n + 1]);
  }
  return merged.concat(ownHeaders);
}

interface NodeExchangeOptions {
  call: MeteredCall;
  /** What the answer says besides the handler's own headers. */
  ownHeaders: HeaderList;
  requestId: string;
  problemOf: (request: IncomingMessage, requestId: string, thrown: unknown) => NodeProblem;
}

const EXCHANGE = Symbol('exchange');
interface Exchanged {
  [EXCHANGE]: NodeExchange;
}

/**
 * One getter for all responses: with one for each, V8 makes every response a dictionary, which cost some 17 µs a request. And one
 * property at a time: defineProperties is some 2 µs slower.
 */
const HEADERS_SENT = {
  configurable: true,
  get(this: Exchanged) {
    return this[EXCHANGE].headersSent;
  },
};
const WRITABLE_ENDED = {
  configurable: true,
  get(this: Exchanged) {
    return this[EXCHANGE].writableEnded;
  },
};

/**
 * Counts what goes through a node:http exchange and holds its end back until the call is recorded. The head is held
 * back as well until the first bytes of the body leave. The handler sees what it would without us: once it has written a head or
 * ended the answer, `headersSent` and `writableEnded` say so, and a second head is refused.
 *
 * The methods of the two objects are replaced rather than their streams wrapped: at some 20 µs for a whole request, one
 * more stream would be the larger part of the cost.
 */
export class NodeExchange {
  // Of the object, not of its prototype: another wrapper may have replaced them before us.
  private readonly originalWrite: (...args: unknown[]) => boolean;
  private readonly originalEnd: (...args: unknown[]) => ServerResponse;
  private readonly originalWriteHead: (...args: unknown[]) => ServerResponse;
  private readonly originalFlushHeaders: () => void;
  private readonly bodyless: boolean;
  private requestBytes = 0;
  private responseBytes = 0;
  private errorCode: string | null = null;
  private head: unknown[] | null = null;
  private begun = false;
  private ending = false;
  private flushed = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly options: NodeExchangeOptions,
  ) {
    this.originalWrite = response.write.bind(response) as (...args: unknown[]) => boolean;
    this.originalEnd = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
    this.originalWriteHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    this.originalFlushHeaders = response.flushHeaders.bind(response);
    this.bodyless = request.method === 'HEAD';
    if (request.method !== 'GET' && !this.bodyless) this.countRequest();
    response.writeHead = (...args: unknown[]) => this.writeHead(args);
    response.flushHeaders = () => this.flushHeaders();
    response.write = (...args: unknown[]) => this.write(args);
    response.end = (...args: unknown[]) => this.end(args);
    (response as unknown as Exchanged)[EXCHANGE] = this;
    Object.defineProperty(response, 'headersSent', HEADERS_SENT);
    Object.defineProperty(response, 'writableEnded', WRITABLE_ENDED);
    response.on('close', () => this.closed());
  }

  get headersSent(): boolean {
    return this.begun || this.ending || this.flushed || this.head !== null;
  }

  get writableEnded(): boolean {
    return this.ending || this.response.finished;
  }

  /** To be called when the handler throws. */
  fail(thrown: unknown): void {
    const { request, response } = this;
    const { ownHeaders, requestId, problemOf } = this.options;
    const problem = problemOf(request, requestId, thrown);
    if (this.ending || response.destroyed) return;
    this.errorCode = problem.code;
    if (!this.begun) {
      this.head = null;
      return sendProblem(response, problem, ownHeaders);
    }
    this.ending = true;
    const destroy = () => void response.destroy();
    this.record(500).then(destroy, destroy);
  }

  /** The parser pushes what arrives: counted here, it is exact even if the handler never reads it or the caller leaves. */
  private countRequest(): void {
    const { request } = this;
    // What came in one piece with the head has been pushed already.
    this.requestBytes = request.readableLength;
    const push = request.push.bind(request);
    request.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk instanceof Uint8Array) this.requestBytes += chunk.byteLength;
      return push(chunk, encoding);
    };
  }

  private record(status: number): Promise<void> {
    const { requestBytes, responseBytes, errorCode } = this;
    return this.options.call.end({ status, requestBytes, responseBytes, errorCode });
  }

  /** Lets the head go: from here on the answer cannot be replaced. */
  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    const { response, head } = this;
    const { ownHeaders } = this.options;
    const last = head?.at(-1);
    // One list of headers is written as it is; headers that were set one by one are first merged by Node.
    if (head && Array.isArray(last)) head[head.length - 1] = mergeHeaders(last, ownHeaders);
    else setHeaders(response, ownHeaders);
    if (head) this.originalWriteHead(...head);
  }

  private count(chunk: unknown, encoding: unknown): void {
    if (chunk === undefined || chunk === null) return;
    assertChunk(chunk);
    const { statusCode } = this.response;
    // Node sends no body with these either.
    if (this.bodyless || statusCode === 204 || statusCode === 304) return;
    if (typeof chunk !== 'string') this.responseBytes += chunk.byteLength;
    else
      this.responseBytes += Buffer.byteLength(
        chunk,
        typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8',
      );
  }

  private writeHead(args: unknown[]): ServerResponse {
    // Node calls this itself for a head that was not written by hand, once the first bytes leave.
    if (this.begun) return this.originalWriteHead(...args);
    if (this.head || this.ending || this.flushed) throw headersSentError();
    this.head = checkedHead(args);
    this.response.statusCode = args[0] as number;
    return this.response;
  }

  private flushHeaders(): void {
    this.flushed = true;
    // The head is the whole answer: sent now, the caller would have it before it is recorded.
    if (this.bodyless) return;
    this.begin();
    this.originalFlushHeaders();
  }

  private write(args: unknown[]): boolean {
    if (this.ending) return false;
    if (!this.begun) assertStatus(this.response.statusCode);
    this.begin();
    this.count(args[0], args[1]);
    return this.originalWrite(...args);
  }

  private end(args: unknown[]): ServerResponse {
    const { response } = this;
    if (this.ending) return response;
    const { statusCode } = response;
    if (!this.begun) assertStatus(statusCode);
    if (typeof args[0] !== 'function') this.count(args[0], args[1]);
    this.ending = true;
    this.record(statusCode)
      .then(
        () => {
          // What is set after the end comes too late.
          if (!this.begun) response.statusCode = statusCode;
          this.begin();
          this.originalEnd(...args);
        },
        (thrown: unknown) => this.abandon(thrown),
      )
      .catch((thrown: unknown) => void response.destroy(thrown as Error));
    return response;
  }

  /** The call could not be recorded: what was prepared must not reach the caller as an answer. */
  private abandon(thrown: unknown): void {
    const { request, response } = this;
    const { ownHeaders, requestId, problemOf } = this.options;
    if (this.begun) return void response.destroy();
    this.head = null;
    this.begun = true;
    response.end = this.originalEnd as typeof response.end;
    sendProblem(response, problemOf(request, requestId, thrown), ownHeaders);
  }

  private closed(): void {
    // A caller who hung up hears no refusal either; the tracker reports what it cannot keep.
    if (!this.ending) void this.record(CLIENT_CLOSED).catch(() => undefined);
  }
}

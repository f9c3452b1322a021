/**
 * CloudEvents 1.0 (cloudevents.io; JSON event format and HTTP protocol binding 1.0.2) as reports of usage: what stands in
 * the envelope and in its data becomes one event in our own format. The SDK is no help here: it fails a batch as a whole
 * where each event has its own outcome, and decodes no percent-encoded header.
 */
import { createHash } from 'node:crypto';
import { AppError } from '@/kernel/errors';
import { isJson, isUtf8, parseMediaType } from '@/kernel/media-type';
import { cloudEventData, cloudEventInput } from './contracts';
import {
  checked,
  idOf,
  parseUsageEvent,
  Rejection,
  rejected,
  requireStorable,
  type ParsedEvent,
  type ReportContext,
} from './parse-usage-event';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const HEADER_PREFIX = 'ce-';
/** Any of these headers makes a message a CloudEvent in binary mode; the ones it lacks are then missing. */
const REQUIRED = ['specversion', 'id', 'source', 'type'];
/** Longest name of a source. */
const MAX_SOURCE_LENGTH = 64;

type Parse = (context: ReportContext) => ParsedEvent;

/** What came over HTTP: the body as JSON, and the headers beside it. */
export interface Message {
  body: unknown;
  contentType: string;
  headers: Iterable<readonly [name: string, value: string]>;
}

/**
 * The CloudEvents that a message carries, one in structured or binary mode, any number in a batch; undefined if it is none.
 * @throws AppError unsupported_media_type for another event format, invalid_request for a batch that is no array.
 */
export function cloudEventsOf({ body, contentType, headers }: Message): Parse[] | undefined {
  const essence = parseMediaType(contentType)?.essence ?? '';
  if (essence === STRUCTURED) return [(context) => parseCloudEvent(body, context)];
  if (essence === BATCH) {
    if (!Array.isArray(body)) throw new AppError('invalid_request', `${BATCH} is an array of events.`);
    return body.map((event) => (context: ReportContext) => parseCloudEvent(event, context));
  }
  if (essence.startsWith('application/cloudevents')) {
    throw new AppError('unsupported_media_type', `Expected ${STRUCTURED} or ${BATCH}, received ${contentType}.`);
  }
  const attributes = [...headers].flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase();
    return lower.startsWith(HEADER_PREFIX) ? [[lower.slice(HEADER_PREFIX.length), value]] : [];
  });
  if (!attributes.some(([name]) => REQUIRED.includes(name))) return undefined;
  return [(context) => parseBinary(attributes, { datacontenttype: contentType, data: body }, context)];
}

/** One event in the JSON format, with `data` or `data_base64`. An attribute that is null is one that is absent. */
export function parseCloudEvent(input: unknown, context: ReportContext): ParsedEvent {
  return withRejections(idOf(input), () => {
    const { id, source, time, datacontenttype, data, data_base64: encoded } = checked(cloudEventInput, input);
    const type = parseMediaType(datacontenttype ?? 'application/json');
    if (!type || !isJson(type) || !isUtf8(type)) {
      reject(`datacontenttype: expected application/json in UTF-8, received ${datacontenttype}`);
    }
    if ((data === undefined) === (encoded === undefined)) reject('data: expected either data or data_base64');
    const content = data ?? checked(cloudEventData, decodeData(encoded!), 'data_base64');
    return parseUsageEvent({ ...content, id, source: sourceName(source), occurred_at: time }, context);
  });
}

function parseBinary(attributes: [string, string][], data: object, context: ReportContext): ParsedEvent {
  return withRejections(null, () => {
    const envelope = attributes.map(([name, value]) => [name, headerText(`${HEADER_PREFIX}${name}`, value)]);
    return parseCloudEvent({ ...Object.fromEntries(envelope), ...data }, context);
  });
}

/** An attribute as a header carries it: quotes are taken off, then percent-encoded UTF-8 is decoded, once. */
function headerText(header: string, value: string): string {
  if (!/^[\x20-\x7e]*$/.test(value)) reject(`${header}: expected printable ASCII, the rest percent-encoded`);
  const unquoted = /^".*"$/.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return reject(`${header}: expected percent-encoded UTF-8, received ${value.slice(0, 60)}`);
  }
}

function decodeData(encoded: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return reject('data_base64: holds bytes that are not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    return reject('data_base64: expected JSON');
  }
}

/** A source is a URI of any length; one longer than a name may be keeps its beginning and gets a digest of the whole. */
function sourceName(source: string): string {
  requireStorable('source', source);
  if (source.length <= MAX_SOURCE_LENGTH) return source;
  const digest = createHash('sha256').update(source).digest('base64url').slice(0, 22);
  return `${source.slice(0, MAX_SOURCE_LENGTH - 1 - digest.length)}~${digest}`.toWellFormed();
}

function reject(message: string): never {
  throw new Rejection('invalid_event', message);
}

function withRejections(id: string | null, parse: () => ParsedEvent): ParsedEvent {
  try {
    return parse();
  } catch (error) {
    return rejected(error, id);
  }
}

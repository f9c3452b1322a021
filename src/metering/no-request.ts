import { type UsageEvent } from './contracts';

/** What an event says of its request where it stands for none: a report of something that happened elsewhere. */
export const NO_REQUEST = Object.freeze({
  apiKeyId: null,
  route: null,
  method: null,
  status: null,
  durationUs: null,
  requestBytes: null,
  responseBytes: null,
  userAgent: null,
  ip: null,
  country: null,
  errorCode: null,
} satisfies Partial<UsageEvent>);

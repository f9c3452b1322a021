import { type WEBHOOK_EVENT_TYPES } from './webhook-contracts';

export * from './webhook-contracts';

type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** What can be told of an organization. */
type NoticeType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** Something that happened in an organization, and who is told of it. */
export interface Notice {
  organizationId: string;
  /** Names the occurrence: a second notice of the same key is ignored, whoever writes it. 1–200 characters. */
  key: string;
  type: NoticeType;
  occurredAt: Date;
  /** Ids, and exact numbers as texts. */
  data: JsonObject;
  mail: {
    subject: string;
    paragraphs: string[];
    buttons?: { label: string; url: string }[];
    to: { roles: readonly string[] } | { addresses: string[] };
    /** Whether it is sent to those too who would rather have none. */
    vital: boolean;
  } | null;
  /** All endpoints that subscribed to the type, these ones, or none. */
  webhooks: 'subscribed' | { endpointIds: string[] } | null;
}

/** A message in the outbox, as the platform's admins see it. */
export interface OutboxMessageView {
  id: string;
  recipient: string;
  subject: string;
  body_text: string;
  created_at: string;
  /** Null while it waits, and for good where no mail server is configured. */
  sent_at: string | null;
  /** When it was given up, after tries over three days. */
  given_up_at: string | null;
  attempts: number;
  last_error: string | null;
}

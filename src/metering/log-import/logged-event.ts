import { API_CALLS, type UsageEvent } from '../contracts';
import { type LoggedRequest } from './logged-request';

/** Where usage that is imported belongs. */
export interface ImportTarget {
  organizationId: string;
  /** Name under which the lines are known. */
  source: string;
}

/** What of a client address may be kept, and the country it belongs to. */
export type Locate = (ip: string) => { ip: string | null; country: string | null };

/** The event of a logged request. @param id of its line */
export function loggedEvent(
  request: LoggedRequest,
  id: string,
  { organizationId, source }: ImportTarget,
  locate: Locate,
): UsageEvent {
  const { ip, path, ...told } = request;
  return {
    ...told,
    ...(ip === null ? { ip: null, country: null } : locate(ip)),
    id,
    organizationId,
    source: { kind: 'imported', name: source },
    livemode: true,
    apiKeyId: null,
    route: path,
    errorCode: null,
    quantities: { [API_CALLS]: 1 },
  };
}

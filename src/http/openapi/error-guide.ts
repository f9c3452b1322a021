import { type ErrorCode } from '@/kernel/errors';
import { statusOf } from '../problem';

/** What each stable code means to a caller, and what to do about it. `type` of a problem points at these. */
const GUIDE = {
  invalid_request: 'A field or parameter is wrong. `errors` names each one, what was expected and what came.',
  invalid_json: 'The body does not parse as JSON. Check quotes and commas, and that it is sent at all.',
  invalid_encoding: 'Bytes of the body or of a parameter are not UTF-8. `errors` names which. Encode the text again.',
  unsupported_media_type: 'Send the body with one of the content types that the operation lists.',
  payload_too_large: 'Send less at once, for example fewer events per request.',
  unauthenticated: 'Send an API key or an access token, or sign in.',
  invalid_api_key: 'The key is not one of ours, or was mistyped: its checksum tells. Copy it again.',
  revoked_api_key: 'The key was revoked and will not work again. Create another.',
  expired_api_key: 'The key has reached its expiry. Create or rotate to another.',
  ip_not_allowed: 'The key may be used from certain addresses only, and this is not one of them.',
  missing_scope: 'The key is valid but lacks the scope of this operation. Use a key that has it.',
  forbidden: 'Your role does not permit this. An owner or admin of the organization can.',
  not_found: 'It does not exist, or not in your organization.',
  method_not_allowed: 'The path exists, but not with this method.',
  conflict: 'It contradicts what is there already. Read the present state and decide again.',
  last_owner: 'Name another owner first: an organization keeps at least one.',
  too_many_requests: 'Wait for as many seconds as Retry-After says, then try again.',
  rate_limited:
    'More calls came within a minute than the plan or the key allows. Wait as Retry-After says; `limit_value` and `reset_at` say the rest.',
  quota_exceeded:
    'The plan includes no more of `metric` in this period. It begins anew at `reset_at`; `upgrade_url` leads to plans with more.',
  spend_cap_reached:
    'The spend cap of the organization is reached. Raise it, or wait until the period ends at `reset_at`.',
  payment_required:
    'This is more of `metric` than the plan allows, and waiting changes nothing. `upgrade_url` leads to plans that do.',
  feature_not_in_plan: 'The plan lacks `feature`. `available_from` names the cheapest plan that has it.',
  plan_too_low: 'This needs the plan `required_plan` or a higher one.',
  file_too_large:
    'The file exceeds `max_bytes` of the plan. `available_from` names the plan that takes it, if there is one.',
  quota_unavailable:
    'Whether the quota suffices cannot be found out now, and this metric is closed then. Try again after Retry-After.',
  reservation_closed: 'The reservation was committed, released or has expired. Make another one.',
  idempotency_conflict: 'The Idempotency-Key belongs to an earlier request with different content. Use a new one.',
  client_closed_request:
    'The connection ended in the middle of the request. Nobody is left to read this; send it again.',
  usage_not_recorded: 'The call could not be counted and was therefore not served. Try again after Retry-After.',
  unavailable: 'Something we depend on cannot be reached. Nothing was changed; try again after Retry-After.',
  internal: 'A mistake of ours. Report it with the request id.',
} satisfies Record<ErrorCode, string>;

export const ERROR_CODES = Object.keys(GUIDE) as [ErrorCode, ...ErrorCode[]];

export interface ErrorGuideEntry {
  code: ErrorCode;
  status: number;
  meaning: string;
}

/** All codes, by status. */
export const ERROR_GUIDE: ErrorGuideEntry[] = ERROR_CODES.map((code) => ({
  code,
  status: statusOf(code),
  meaning: GUIDE[code],
})).sort((a, b) => a.status - b.status);

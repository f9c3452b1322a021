import { type Operation } from '../route/declared-operations';
import { type Caller } from '../route/route-declaration';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const CREDENTIALS = {
  anyone: [],
  scheduler: [],
  key: ['-H "Authorization: Bearer $TOLLGATE_KEY"'],
  key_or_person: ['-H "Authorization: Bearer $TOLLGATE_KEY"'],
  stripe: ['-H "Stripe-Signature: t=$SECONDS_NOW,v1=$SIGNATURE"'],
  person: ['-H "Authorization: Bearer $ACCESS_TOKEN"'],
  admin: ['-H "Authorization: Bearer $ACCESS_TOKEN"'],
} satisfies Record<Caller, string[]>;

/** A command that calls the operation, for a shell in which TOLLGATE_URL and the credential are set. */
export function curlSample({ path, method, caller, body, query }: Operation): string {
  const example = query && 'days' in query.shape ? '?days=30' : '';
  const address = `"$TOLLGATE_URL${path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => `$${shellName(name)}`)}${example}"`;
  const parts = [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${address}`,
    ...CREDENTIALS[caller],
    ...(body ? [`--json ${quoted(JSON.stringify(body.example))}`] : []),
  ];
  return parts.join(' \\\n  ');
}

/** organizationId -> ORGANIZATION_ID */
const shellName = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

import { type KeyActor } from '@/keys';
import { type Principal } from './principal';

/** The caller as the keys' service knows those who manage keys. */
export function keyActorOf(principal: Principal): KeyActor {
  if (principal.kind === 'user') return { kind: 'user', id: principal.userId };
  return { kind: 'api_key', id: principal.apiKeyId };
}

/** The caller in one word, as what they made says who made it: `user:…` or `api_key:…`. */
export const callerName = (principal: Principal): string => {
  const { kind, id } = keyActorOf(principal);
  return `${kind}:${id}`;
};

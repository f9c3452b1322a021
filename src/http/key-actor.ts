import { type KeyActor } from '@/keys';
import { type Principal } from './principal';

/** The caller as the keys' service knows those who manage keys. */
export function keyActorOf(principal: Principal): KeyActor {
  if (principal.kind === 'user') return { kind: 'user', id: principal.userId };
  return { kind: 'api_key', id: principal.apiKeyId };
}

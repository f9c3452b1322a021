import { type z } from 'zod';
import { type FormObject } from './form-body';
import { type PeerWorld } from './peer-world';
import { checkParams } from './params';

type Method = 'GET' | 'POST' | 'DELETE';

/** One call of Stripe's API: where it is, what it takes, what it does. */
export interface Endpoint {
  method: Method;
  /** `:id` stands for one part. */
  path: string;
  /** Checks the parameters and gives what then does the work; the work is one synchronous step. */
  prepare(form: FormObject): (world: PeerWorld, id: string) => object;
}

export function endpoint<S extends z.ZodType>(
  where: `${Method} /v1/${string}`,
  params: S,
  run: (world: PeerWorld, input: z.output<S>, id: string) => object,
): Endpoint {
  const [method, path] = where.split(' ') as [Method, string];
  return {
    method,
    path,
    prepare(form) {
      const input = checkParams(params, form);
      return (world, id) => run(world, input, id);
    },
  };
}

/** The endpoint at a path, and the id in it. */
export function findEndpoint(
  endpoints: Endpoint[],
  method: string,
  path: string,
): { endpoint: Endpoint; id: string } | undefined {
  const parts = path.split('/');
  for (const endpoint of endpoints) {
    const wanted = endpoint.path.split('/');
    if (endpoint.method !== method || wanted.length !== parts.length) continue;
    if (wanted.every((part, at) => part === ':id' || part === parts[at])) {
      return { endpoint, id: decodeURIComponent(parts[wanted.indexOf(':id')] ?? '') };
    }
  }
  return undefined;
}

/** Why a line cannot be read, thrown where it is found. */
export class Refusal extends Error {}

export function refuse(reason: string): never {
  throw new Refusal(reason);
}

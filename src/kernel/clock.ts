/** The time of day, passed in so that tests can live through a month in a millisecond. */
export interface Clock {
  /** The present instant, in UTC. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

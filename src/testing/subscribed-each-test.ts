import { type Pool } from 'pg';
import { type SubscriptionService } from '@/plans';
import { subscribeOrganization, type SubscribedOrganization } from './subscribed-organization';
import { createTestDatabase, type TestDatabase } from './test-database';

interface SubscribedWorld {
  pool: Pool;
  /** Another one in each test. */
  organization: SubscribedOrganization;
  readonly id: string;
  /** The service as another process has it. */
  service: () => SubscriptionService;
  /** Lets time go by. @param ms 1 unless told */
  later: (ms?: number) => void;
  /** Plan, reason and who charges the fee, of every phase. */
  phases: () => Promise<string[]>;
}

/** Gives a test file a database, and each of its tests an organization as {@link subscribeOrganization} makes it. */
export function subscribedEachTest(): SubscribedWorld {
  let database: TestDatabase;
  const world: SubscribedWorld = {
    // Set before the first test.
    pool: undefined as never,
    organization: undefined as never,
    get id() {
      return world.organization.id;
    },
    service: () => world.organization.start().service,
    later(ms = 1) {
      world.organization.now = new Date(world.organization.now.getTime() + ms);
    },
    async phases() {
      const { rows } = await world.pool.query<{ phase: string }>(
        `select concat_ws(' ', v.plan_key, reason, fee) as phase from subscription_phases p join plan_versions v on v.id = p.plan_version_id
         where organization_id = $1 order by starts_at`,
        [world.id],
      );
      return rows.map(({ phase }) => phase);
    },
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    world.pool = database.pool;
  });
  beforeEach(async () => {
    world.organization = await subscribeOrganization(world.pool);
  });
  afterAll(() => database.drop());
  return world;
}

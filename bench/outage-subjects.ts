import { setIncluded, setSpendCap, startPlan } from '../src/testing/quota-fixture';
import { createOrganization, type TestDatabase } from '../src/testing/test-database';
import { type Answer, type Subject } from './outage-load';

const METRIC = 'api_calls';
/** So much that it is used up some time after Postgres is back. */
const HARD_LIMIT = 3_500;
/** What overage may cost, in minor units: more than is ever used here. */
const SPEND_CAP = 1_000_000;

type Pool = TestDatabase['pool'];
const KINDS: { name: string; limit: number | null; prepare: (pool: Pool, id: string) => Promise<unknown> }[] = [
  {
    name: `hard quota of ${HARD_LIMIT}, policy deny`,
    limit: HARD_LIMIT,
    prepare: (pool, id) => setIncluded(pool, id, METRIC, HARD_LIMIT),
  },
  {
    name: 'overage up to a spend cap, policy allow',
    limit: null,
    async prepare(pool, id) {
      await startPlan(pool, id, 'starter', new Date());
      await setSpendCap(pool, id, SPEND_CAP);
    },
  },
  {
    name: 'overage without an end, nothing to ask for',
    limit: null,
    prepare: (pool, id) => startPlan(pool, id, 'starter', new Date()),
  },
];

/** An organization of each policy. @param callFor how calls of an organization are made */
export async function createSubjects(
  { pool }: TestDatabase,
  callFor: (organizationId: string) => Promise<() => Promise<Answer>>,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const { name, limit, prepare } of KINDS) {
    const { id: organizationId } = await createOrganization(pool);
    await prepare(pool, organizationId);
    subjects.push({ name, limit, organizationId, call: await callFor(organizationId) });
  }
  return subjects;
}

import { createTestDatabase, createOrganization, type TestDatabase } from '@/testing/test-database';
import { FAULT_KINDS } from '@/testing/stripe-peer/faults';
import { startStripePeer, type StripePeer } from '@/testing/stripe-peer/start-stripe-peer';
import { stripeLinkTo } from '@/testing/stripe-link-to';

let database: TestDatabase;
let peer: StripePeer;
beforeAll(async () => {
  [database, peer] = await Promise.all([createTestDatabase(), startStripePeer()]);
});
afterAll(() => Promise.all([database.drop(), peer.close()]));

const customersOf = (organizationId: string) =>
  peer.world.customers.all().filter(({ metadata }) => metadata['tollgate_organization'] === organizationId);

describe('an organization at Stripe', () => {
  it('is one customer, however many processes make it known at once', async () => {
    const { id } = await createOrganization(database.pool);
    const ensure = () => stripeLinkTo(peer, database.pool).customers.ensure(id);
    const outcomes = await Promise.all(Array.from({ length: 5 }, ensure));
    expect(outcomes.some(({ is }) => is === 'known')).toBe(true);
    expect(await ensure()).toMatchObject({ is: 'known', customer: { customerId: customersOf(id)[0]!.id } });
    expect(customersOf(id)).toHaveLength(1);
  });

  it.each(FAULT_KINDS)('is one customer where the call goes wrong by %s', async (kind) => {
    const { id } = await createOrganization(database.pool);
    const { customers } = stripeLinkTo(peer, database.pool);
    for (let times = 0; times < 2; times++) peer.faults.next(kind, 'POST /v1/customers');
    for (let tries = 0; (await customers.ensure(id)).is !== 'known'; tries++) {
      if (tries > 3) throw new Error('it never became known');
      peer.advance(60_000);
    }
    peer.tick();
    expect(customersOf(id)).toHaveLength(1);
  });

  it('is told anew how it is addressed where that changed, and only then', async () => {
    const { id } = await createOrganization(database.pool);
    const { customers } = stripeLinkTo(peer, database.pool);
    const ensure = async () => {
      const ensured = await customers.ensure(id);
      if (ensured.is !== 'known') throw new Error(ensured.is);
      return ensured.customer;
    };
    expect(await customers.tellDetails(id, await ensure(), 'one')).toBeNull();
    await database.pool.query(
      `update billing_accounts set legal_name = 'Acme Ltd', email = 'pay@acme.test', address = '{"line1": "1 High Street", "country": "GB"}' where organization_id = $1`,
      [id],
    );
    expect(await customers.tellDetails(id, await ensure(), 'two')).toMatchObject({ is: 'done' });
    expect(customersOf(id)).toMatchObject([
      { name: 'Acme Ltd', email: 'pay@acme.test', address: { line1: '1 High Street', country: 'GB' } },
    ]);
    expect(await customers.tellDetails(id, await ensure(), 'three')).toBeNull();
  });

  it('keeps the address that was given at a checkout where we know none', async () => {
    const { id } = await createOrganization(database.pool);
    const { customers } = stripeLinkTo(peer, database.pool);
    await customers.ensure(id);
    const given = { line1: '1 Main Street', country: 'US' };
    await peer.connectInProcess().customers.update(customersOf(id)[0]!.id, { address: given });
    await database.pool.query(`update billing_accounts set email = 'pay@acme.test' where organization_id = $1`, [id]);
    const ensured = await customers.ensure(id);
    if (ensured.is !== 'known') throw new Error(ensured.is);
    expect(await customers.tellDetails(id, ensured.customer, 'mail')).toMatchObject({ is: 'done' });
    expect(customersOf(id)).toMatchObject([{ email: 'pay@acme.test', address: given }]);
  });
});

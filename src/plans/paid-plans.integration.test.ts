import { createPlanCatalogue } from '@/plans';
import { subscribedEachTest } from '@/testing/subscribed-each-test';
import { PERSON } from '@/testing/subscribed-organization';

const PAID_THROUGH = new Date('2027-03-15T00:00:00Z');

const world = subscribedEachTest();
const { service, later, phases } = world;
/** Says what is paid, thrice: only the first changes anything. */
async function paid(plan: string | null, endsAt: Date | null = null): Promise<void> {
  const planVersionId = plan === null ? '' : (await createPlanCatalogue({ pool: world.pool }).plan(plan)).id;
  const subscription = plan === null ? null : { planVersionId, paidThrough: PAID_THROUGH, endsAt };
  later();
  const changed = [];
  for (let time = 0; time < 3; time += 1) {
    changed.push(await service().followPaidPlan(world.id, subscription));
    later();
  }
  expect(changed.slice(1)).toEqual([false, false]);
}

describe('a plan that is paid at Stripe', () => {
  const SUBSCRIBED = ['free sign_up invoice', 'pro subscribed stripe'];
  it('holds from the moment that it is known, in place of what was to come', async () => {
    await service().changePlan(world.id, PERSON, 'starter');
    later();
    await service().cancel(world.id, PERSON);
    await paid('pro');
    expect(await phases()).toEqual(['free sign_up invoice', 'starter upgrade invoice', 'pro subscribed stripe']);
    expect(world.organization.entries.at(-1)).toMatchObject({ action: 'subscription.plan_changed', target: 'pro' });
  });

  it('is followed by a higher one at once, and by a lower one when what is paid is over', async () => {
    await paid('pro');
    await paid('business');
    await paid('starter');
    expect(await phases()).toEqual([...SUBSCRIBED, 'business upgrade stripe', 'starter downgrade stripe']);
    expect(await world.organization.planAt('2027-03-14T23:59:59.999Z')).toBe('business');
    expect(await world.organization.planAt('2027-03-15T00:00:00Z')).toBe('starter');
    await paid('business');
    expect(await phases()).toEqual([...SUBSCRIBED, 'business upgrade stripe']);
    expect(world.organization.entries.at(-1)).toMatchObject({ action: 'subscription.resumed' });
  });

  it('ends with the free plan: when it is to, or now', async () => {
    await paid('pro');
    await paid('pro', PAID_THROUGH);
    expect(await phases()).toEqual([...SUBSCRIBED, 'free cancel invoice']);
    expect(await world.organization.planAt('2027-03-15T00:00:00Z')).toBe('free');
    await paid('pro');
    expect(await phases()).toEqual(SUBSCRIBED);
    await paid(null);
    expect(await phases()).toEqual([...SUBSCRIBED, 'free cancel invoice']);
    expect(await world.organization.planAt(world.organization.now.toISOString())).toBe('free');
  });

  it('is changed there, not here', async () => {
    await paid('pro');
    const refused = { code: 'conflict' };
    await expect(service().changePlan(world.id, PERSON, 'business')).rejects.toMatchObject(refused);
    await expect(service().changePlan(world.id, PERSON, 'business', { byAdmin: true })).rejects.toMatchObject(refused);
    await expect(service().cancel(world.id, PERSON)).rejects.toMatchObject(refused);
    await expect(service().resume(world.id, PERSON)).rejects.toMatchObject(refused);
    expect(await phases()).toEqual(SUBSCRIBED);
  });

  it('comes back once a payment that failed is made, as it stands then', async () => {
    await paid('pro');
    const client = await world.pool.connect();
    await service().restrict(client, world.id);
    client.release();
    await paid('business');
    expect((await phases()).at(-1)).toBe('free restricted invoice');
    later();
    await service().restore(await world.pool.connect().then((one) => (one.release(), one)), world.id);
    await paid('business');
    expect((await phases()).at(-1)).toBe('business subscribed stripe');
  });
});

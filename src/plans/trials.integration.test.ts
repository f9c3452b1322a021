import { inTransaction } from '@/db';
import { subscribedEachTest } from '@/testing/subscribed-each-test';
import { PERSON } from '@/testing/subscribed-organization';

const ADMIN = { kind: 'user', id: '00000000-0000-4000-8000-00000000000a' } as const;
const ENDS_AT = new Date('2027-03-10T12:00:00Z');

const world = subscribedEachTest();
const { service, later, phases } = world;
const start = async () => {
  await service().changePlan(world.id, PERSON, 'starter');
  later();
  await service().startTrial(world.id, ADMIN, 'business', ENDS_AT);
  later();
};
const BEFORE = ['free sign_up invoice', 'starter upgrade invoice'];

describe('a trial', () => {
  it('holds at once without a fee, and ends by itself with the plan from before', async () => {
    await start();
    expect(await phases()).toEqual([...BEFORE, 'business trial none', 'starter trial_ended invoice']);
    expect(await world.organization.planAt('2027-03-10T11:59:59.999Z')).toBe('business');
    expect(await world.organization.planAt('2027-03-10T12:00:00Z')).toBe('starter');
    expect((await service().get(world.id)).pending_change).toMatchObject({ plan: 'starter', reason: 'trial_ended' });
    expect(world.organization.entries.at(-1)).toMatchObject({
      action: 'subscription.trial_started',
      target: 'business',
    });
  });

  it.each(['business', 'enterprise'])(
    'in which %s is chosen ends there, for its price, and takes nothing away later',
    async (plan) => {
      await start();
      await service().changePlan(world.id, PERSON, plan);
      expect(await phases()).toEqual([...BEFORE, 'business trial none', `${plan} upgrade invoice`]);
      expect(await world.organization.planAt('2028-01-01T00:00:00Z')).toBe(plan);
    },
  );

  it('is never longer for a change that is for later: a lower plan and a cancellation hold from its end, and undoing them ends it all the same', async () => {
    await start();
    await service().changePlan(world.id, PERSON, 'pro');
    expect(await phases()).toEqual([...BEFORE, 'business trial none', 'pro downgrade invoice']);
    await service().cancel(world.id, PERSON);
    expect(await phases()).toEqual([...BEFORE, 'business trial none', 'free cancel invoice']);
    expect((await service().get(world.id)).pending_change?.at).toBe(ENDS_AT.toISOString());
    await service().resume(world.id, PERSON);
    await service().resume(world.id, PERSON);
    expect(await phases()).toEqual([...BEFORE, 'business trial none', 'starter trial_ended invoice']);
  });

  it('takes the place of another, and what was to come before its end comes at its end', async () => {
    await service().changePlan(world.id, PERSON, 'pro');
    later();
    await service().cancel(world.id, PERSON);
    await service().startTrial(world.id, ADMIN, 'business', ENDS_AT);
    later();
    await service().startTrial(world.id, ADMIN, 'enterprise', new Date('2027-03-20T00:00:00Z'));
    expect(await world.organization.planAt('2027-03-19T23:00:00Z')).toBe('enterprise');
    expect(await world.organization.planAt('2027-03-20T00:00:00Z')).toBe('free');
  });

  it('is refused an end that is over or far away, and beside a plan that is paid at Stripe', async () => {
    for (const endsAt of [world.organization.now, new Date('2028-06-01T00:00:00Z')]) {
      const refused = service().startTrial(world.id, ADMIN, 'pro', endsAt);
      await expect(refused).rejects.toMatchObject({ code: 'invalid_request', issues: [{ field: 'ends_at' }] });
    }
    await world.pool.query(`update subscription_phases set fee = 'stripe' where organization_id = $1`, [world.id]);
    await expect(service().startTrial(world.id, ADMIN, 'pro', ENDS_AT)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a restriction', () => {
  const restrict = () => inTransaction(world.pool, (client) => service().restrict(client, world.id));
  const restore = () => inTransaction(world.pool, (client) => service().restore(client, world.id));

  it('takes the plan away at once and gives it back at once, each time once', async () => {
    await service().changePlan(world.id, PERSON, 'pro');
    later();
    expect([(await restrict())?.planKey, await restrict()]).toEqual(['pro', null]);
    expect(await world.organization.planAt(world.organization.now.toISOString())).toBe('free');
    later();
    expect([(await restore())?.planKey, await restore()]).toEqual(['pro', null]);
    expect(await world.organization.phases()).toEqual([
      'free sign_up',
      'pro upgrade',
      'free restricted',
      'pro restored',
    ]);
    const actions = world.organization.entries.map(({ action, actor }) => [action, actor.kind]);
    expect(actions.slice(1)).toEqual([
      ['subscription.restricted', 'system'],
      ['subscription.restored', 'system'],
    ]);
  });

  it('is not left by a change of plan; leaving altogether stays possible, and so does an admin', async () => {
    await service().changePlan(world.id, PERSON, 'pro');
    later();
    await restrict();
    later();
    for (const plan of ['business', 'pro', 'free']) {
      const refused = service().changePlan(world.id, PERSON, plan);
      await expect(refused).rejects.toMatchObject({ code: 'payment_required' });
    }
    await expect(service().resume(world.id, PERSON)).rejects.toMatchObject({ code: 'payment_required' });
    await service().cancel(world.id, PERSON);
    expect(await world.organization.planAt('2029-01-01T00:00:00Z')).toBe('free');
    expect((await restore())?.planKey).toBe('free');

    later();
    await service().changePlan(world.id, PERSON, 'pro');
    later();
    await world.pool.query(`update billing_accounts set failing_since = '2027-02-01' where organization_id = $1`, [
      world.id,
    ]);
    await restrict();
    later();
    await service().changePlan(world.id, ADMIN, 'business', { byAdmin: true });
    expect(await world.organization.planAt('2029-01-01T00:00:00Z')).toBe('business');
    const { rows } = await world.pool.query(
      'select failing_since, restricted_at from billing_accounts where organization_id = $1',
      [world.id],
    );
    expect(rows).toEqual([{ failing_since: world.organization.now, restricted_at: null }]);
  });

  it('gives back what was to come by itself, and at Stripe what is paid there', async () => {
    await service().changePlan(world.id, PERSON, 'pro');
    later();
    await service().changePlan(world.id, PERSON, 'starter');
    await restrict();
    expect(await world.organization.planAt('2029-01-01T00:00:00Z')).toBe('free');
    later();
    expect((await restore())?.planKey).toBe('starter');
    await world.pool.query(
      `update subscription_phases set fee = 'stripe' where organization_id = $1 and reason = 'restored'`,
      [world.id],
    );
    later();
    await restrict();
    later();
    await restore();
    expect((await phases()).at(-1)).toBe('starter restored stripe');
  });
});

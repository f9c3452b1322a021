import fc from 'fast-check';
import { createPoolGate } from '@/testing/limit-doubles';
import { meteredRoute } from '@/testing/metered-route';
import { type Quota, type Reservation } from './call-quota';
import { type Meter } from './meter';

const run = async (units: number, work: (quota: Quota, meter: Meter) => Promise<void>) => {
  const made = meteredRoute(
    async (_request, { quota, meter }) => {
      await work(quota, meter);
      return Response.json({});
    },
    { metrics: { api_calls: 0 } },
    createPoolGate({ units }),
  );
  const response = await made.call();
  return { ...made, status: response.status, body: (await response.json()) as { code?: string } };
};

describe('a reservation', () => {
  it('counts what was used, and lets the rest go before the call ends: 60 of 100 held, 10 used, 60 fit', async () => {
    const { world, status } = await run(100, async (quota) => {
      (await quota.reserve('ai_tokens', 60)).commit(10);
      (await quota.reserve('ai_tokens', 60)).commit(60);
    });
    expect([status, world.pool.left]).toEqual([200, 30]);
    expect(world.events).toMatchObject([{ quantities: { ai_tokens: 70 } }]);
  });

  it('counts what was used, and its event settles as much', async () => {
    const { world } = await run(1_000, async (quota) => {
      const reservation = await quota.reserve('ai_tokens', 400);
      reservation.commit(120);
    });
    expect(world.events).toMatchObject([
      {
        quantities: { api_calls: 0, ai_tokens: 120 },
        leases: [{ metric: 'api_calls' }, { metric: 'ai_tokens', units: 120 }],
      },
    ]);
  });

  it('is refused as the call itself would be, and then the call is counted, because its handler ran', async () => {
    const { status, body, world } = await run(300, async (quota) => void (await quota.reserve('ai_tokens', 400)));
    expect([status, body.code, world.pool.left]).toEqual([429, 'quota_exceeded', 300]);
    expect(world.events).toMatchObject([{ status: 429, errorCode: 'quota_exceeded' }]);
  });

  it('is closed by its first end', async () => {
    const { status, body } = await run(300, async (quota) => {
      const reservation = await quota.reserve('ai_tokens', 100);
      reservation.release();
      reservation.release();
      reservation.commit(1);
    });
    expect([status, body.code]).toEqual([409, 'reservation_closed']);
  });

  it('cannot be made or committed once the call has ended', async () => {
    let late: { quota: Quota; reservation: Reservation } | undefined;
    const { world } = await run(300, async (quota) => {
      late = { quota, reservation: await quota.reserve('ai_tokens', 100) };
    });
    expect(world.pool.left).toBe(300);
    expect(() => late!.reservation.commit(1)).toThrow();
    await expect(late!.quota.reserve('ai_tokens', 1)).rejects.toThrow(TypeError);
  });

  it.each([0, -1, Number.NaN, Infinity])('of %p units is a mistake', async (units) => {
    expect((await run(300, async (quota) => void (await quota.reserve('ai_tokens', units)))).status).toBe(500);
  });

  it('leaves no unit behind, however many are made and whatever becomes of them', async () => {
    const fate = fc.record({
      units: fc.integer({ min: 1, max: 50 }),
      end: fc.constantFrom('commit', 'release', 'forget'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 8 }), async (fates) => {
        const { world } = await run(1_000, async (quota) => {
          for (const { units, end } of fates) {
            const reservation = await quota.reserve('ai_tokens', units);
            if (end === 'commit') reservation.commit(units / 2);
            if (end === 'release') reservation.release();
          }
        });
        const settled = (world.events[0]!.leases ?? []).reduce((sum, { units }) => sum + units, 0);
        const committed = fates
          .filter(({ end }) => end === 'commit')
          .reduce((sum, { units }) => sum + Math.ceil(units / 2), 0);
        expect(settled).toBe(committed);
        expect(world.pool.left).toBe(1_000 - committed);
      }),
      { numRuns: 50 },
    );
  });
});

import { demoHistory } from './demo-history';

const options = {
  organizationId: '0198c0de-0000-7000-8000-000000000001',
  liveKeyId: '0198c0de-0000-7000-8000-000000000002',
  testKeyId: '0198c0de-0000-7000-8000-000000000003',
  endsAt: new Date('2026-11-22T16:20:00Z'),
};
const events = [...demoHistory(options)];

describe('demoHistory', () => {
  it('gives the same events with the same ids when it is made again', () => {
    // As texts: to compare fifty thousand objects one by one takes Jest longer than to make them.
    expect(JSON.stringify([...demoHistory(options)]) === JSON.stringify(events)).toBe(true);
  });

  it('gives every event an id of its own', () => {
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  });

  it('covers ninety days and nothing of the future', () => {
    const times = events.map((event) => event.occurredAtMs);
    expect(Math.max(...times)).toBeLessThan(options.endsAt.getTime());
    const days = new Set(times.map((at) => new Date(at).toISOString().slice(0, 10)));
    expect(days.size).toBe(91);
  });

  it('looks like a healthy service: tens of thousands of calls, one to four in a hundred failing', () => {
    expect(events.length).toBeGreaterThan(40_000);
    expect(events.length).toBeLessThan(60_000);
    const failed = events.filter((event) => (event.status ?? 0) >= 400).length;
    expect(failed / events.length).toBeGreaterThan(0.01);
    expect(failed / events.length).toBeLessThan(0.04);
  });
});

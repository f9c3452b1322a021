import { carriesApiKey, presentedApiKey } from './credentials';

const headers = (values: Record<string, string>) => (name: string) => values[name] ?? null;

describe('the credentials of a request', () => {
  it.each<Record<string, string>>([
    { authorization: 'Bearer tg_live_x' },
    { authorization: 'bearer  tg_live_x ' },
    { 'x-api-key': 'tg_live_x' },
    { 'x-subscription-key': 'tg_live_x' },
    { authorization: 'Bearer tg_live_x', 'x-api-key': 'tg_live_x', 'x-subscription-key': 'tg_live_x' },
  ])('are found in %j', (values) => {
    expect(presentedApiKey(headers(values))).toBe('tg_live_x');
    expect(carriesApiKey(headers(values))).toBe(true);
  });

  it.each<Record<string, string>>([
    { authorization: 'Bearer tg_live_x', 'x-api-key': 'tg_live_y' },
    { 'x-api-key': 'tg_live_x', 'x-subscription-key': 'tg_live_y' },
    { authorization: 'Bearer eyJ.a.b', 'x-api-key': 'tg_live_x' },
  ])('are refused when they contradict each other: %j', (values: Record<string, string>) => {
    expect(() => presentedApiKey(headers(values))).toThrow(/two different credentials/);
  });

  it('leave sessions and access tokens to others', () => {
    expect(carriesApiKey(headers({ authorization: 'Bearer eyJ.a.b' }))).toBe(false);
    expect(carriesApiKey(headers({ cookie: 'session=x' }))).toBe(false);
    expect(presentedApiKey(headers({ authorization: 'Basic abc' }))).toBeNull();
  });
});

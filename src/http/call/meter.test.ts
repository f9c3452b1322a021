import { CallMeter, fixedQuantities } from './meter';

describe('the meter of a call', () => {
  const fixed = fixedQuantities({ ai_tokens: 5 });
  const meterOf = () => new CallMeter(fixed, () => true);

  it('keeps what is added to one call apart from all others of its route', () => {
    const [one, other, untouched] = [meterOf(), meterOf(), meterOf()];
    one.add('ai_tokens', 7);
    one.addDistinct('sessions', 'a');
    other.add('ai_tokens', 0.5);
    expect(one.quantities).toEqual({ api_calls: 1, ai_tokens: 12, sessions: 'a' });
    expect(other.quantities).toEqual({ api_calls: 1, ai_tokens: 5.5 });
    expect(untouched.quantities).toEqual({ api_calls: 1, ai_tokens: 5 });
  });
});

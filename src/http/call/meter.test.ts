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

  it('keeps every distinct value that one call names, each once', () => {
    const meter = meterOf();
    for (const value of ['a', 'b', 'a', 'c']) meter.addDistinct('sessions', value);
    expect(meter.quantities).toMatchObject({ sessions: ['a', 'b', 'c'] });
    expect(() => meter.add('sessions', 1)).toThrow('use addDistinct');
    for (let n = 3; n < 1_000; n += 1) meter.addDistinct('sessions', String(n));
    expect(() => meter.addDistinct('sessions', 'one more')).toThrow('at most 1000');
  });

  it('takes no number of members: they are counted where they are', () => {
    expect(() => meterOf().add('members', 5)).toThrow(TypeError);
    expect(() => fixedQuantities({ members: 5 })).toThrow(TypeError);
  });

  it('adds decimals exactly: 0.1 and 0.2 are 0.3, and ten times 10^15 + 1 loses no unit', () => {
    const meter = meterOf();
    meter.add('call_minutes', 0.1);
    meter.add('call_minutes', 0.2);
    for (let n = 0; n < 10; n++) meter.add('bandwidth_bytes', 1_000_000_000_000_001);
    expect(meter.quantities).toMatchObject({ call_minutes: 0.3, bandwidth_bytes: '10000000000000010' });
    meter.add('bandwidth_bytes', 0.5);
    expect(meter.quantities).toMatchObject({ bandwidth_bytes: '10000000000000010.5' });
    expect(() => meter.addDistinct('bandwidth_bytes', 'a')).toThrow('use add');
  });

  it('says what was meant by a number that was rounded on its way here', () => {
    const meter = meterOf();
    meter.add('call_minutes', 0.1 + 0.2);
    expect(meter.quantities).toMatchObject({ call_minutes: 0.3 });
    expect(fixedQuantities({ call_minutes: 0.1 + 0.2 })).toMatchObject({ call_minutes: 0.3 });
  });

  it.each([-1, NaN, Infinity, 2 ** 53, 1e308])('takes no %p, and is what it was before', (quantity) => {
    const meter = meterOf();
    expect(() => meter.add('ai_tokens', quantity)).toThrow(TypeError);
    expect(meter.quantities).toEqual({ api_calls: 1, ai_tokens: 5 });
  });

  it('takes no sum of more than 10^18', () => {
    const meter = meterOf();
    for (let n = 0; n < 111; n++) meter.add('bandwidth_bytes', Number.MAX_SAFE_INTEGER);
    expect(() => meter.add('bandwidth_bytes', Number.MAX_SAFE_INTEGER)).toThrow('at most 10^18');
  });
});

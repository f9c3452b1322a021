import fc from 'fast-check';
import { eventKeyOf } from '@/kernel/ids';
import { idsOfEqualLines, lineIdOf, MAX_LOGS, MAX_PLACES, placeOf } from './log-line-id';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const at = fc.record({ log: fc.nat(MAX_LOGS - 1), place: fc.integer({ min: 0, max: MAX_PLACES - 1 }) });

it('is its own key among events, says where the line stands, and lies between the ids of equal lines', () => {
  fc.assert(
    fc.property(hash, at, (line, stands) => {
      const id = lineIdOf(line, stands);
      expect(eventKeyOf(id)).toBe(id);
      expect(placeOf(id)).toEqual(stands);
      const [least, greatest] = idsOfEqualLines(line);
      expect(least <= id && id <= greatest).toBe(true);
    }),
  );
});

it('differs for lines that differ, and for logs and places that do', () => {
  fc.assert(
    fc.property(hash, hash, at, at, (one, other, here, there) => {
      fc.pre(!one.equals(other));
      const same = here.log === there.log && here.place === there.place;
      expect(lineIdOf(one, here) === lineIdOf(one, there)).toBe(same);
      expect(lineIdOf(one, here)).not.toBe(lineIdOf(other, here));
      const [least, greatest] = idsOfEqualLines(one);
      expect(lineIdOf(other, there) < least || lineIdOf(other, there) > greatest).toBe(true);
    }),
  );
});

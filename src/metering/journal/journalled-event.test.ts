import fc from 'fast-check';
import { CALLS, type OwnEvent, RESERVATIONS } from '../contracts';
import { journalEvent, parseJournalledEvent } from './journalled-event';

const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
const textOrNull = fc.option(text);
const countOrNull = fc.option(fc.nat());

const events: fc.Arbitrary<OwnEvent> = fc.record({
  id: text,
  organizationId: text,
  source: fc.constantFrom(CALLS, RESERVATIONS),
  occurredAtMs: fc.nat(),
  livemode: fc.boolean(),
  apiKeyId: textOrNull,
  route: textOrNull,
  method: textOrNull,
  status: countOrNull,
  durationUs: countOrNull,
  requestBytes: countOrNull,
  responseBytes: countOrNull,
  userAgent: textOrNull,
  ip: textOrNull,
  country: textOrNull,
  errorCode: textOrNull,
  quantities: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/), fc.oneof(fc.nat(), text), {
    noNullPrototype: true,
  }),
  leases: fc.option(fc.array(fc.record({ leaseId: text, metric: text, units: fc.nat() })), { nil: undefined }),
});

describe('a journalled event', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(events, (event) => {
        expect(parseJournalledEvent(journalEvent(event))).toEqual(event);
      }),
    );
  });

  it('is read where an older version wrote it, as an object, with the fields it had', () => {
    fc.assert(
      fc.property(events, (event) => {
        expect(parseJournalledEvent(JSON.stringify(event))).toEqual(event);
        const older = JSON.stringify({ ...event, errorCode: undefined, leases: undefined });
        expect(parseJournalledEvent(older)).toEqual({ ...event, errorCode: null, leases: undefined });
      }),
    );
  });

  it.each(['', '[', '[]', '["id", "organization"]', '{"not":"an event"}', 'null', '7'])(
    'is not found in %s',
    (payload) => {
      expect(parseJournalledEvent(payload)).toBeNull();
    },
  );
});

import { type BehaviourName, HANDLERS } from './wrapper-app/handlers';
import { type Call, callServer, withoutOurs, WrapperApp } from './wrapper-app/serve';

const LONG = 'ü'.repeat(150_000);
const post = (body: string, type = 'text/plain'): Call => ({
  method: 'POST',
  body,
  headers: { 'content-type': type, 'x-custom': 'c' },
});
const chunked = (body: string): Call => {
  const call = post(body);
  return { ...call, headers: { ...call.headers, 'transfer-encoding': 'chunked' } };
};
const form = (size: number) =>
  post(
    `--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nü\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n${'x'.repeat(size)}\r\n--b--\r\n`,
    'multipart/form-data; boundary=b',
  );
const BODIES: Record<string, Call> = {
  'a short body': post('hé'),
  'a long body': post(LONG),
  'a chunked body': chunked('some'),
  'a long chunked body': chunked(LONG),
  'an empty body': post(''),
};
const READERS: BehaviourName[] = [
  'text',
  'arrayBuffer',
  'readsTwice',
  'clone',
  'cloneFirst',
  'newRequest',
  'newRequestElsewhere',
  'bodyReader',
  'echoStream',
  'cancelsBody',
  'ignoresBody',
];
/** The answer of these is ours, since Next has none but a bare 500: a problem document of the same status. */
const FAILURES: BehaviourName[] = [
  'throws',
  'returnsNothing',
  'returnsNull',
  'returnsObject',
  'returnsText',
  'readAlready',
  'errorResponse',
];
/** Of these only what stands below is asked. */
const OTHERS: BehaviourName[] = ['ownBuffer', 'formData'];
const GET: Call = { query: '?a=1', headers: { cookie: 'given=g; other=o', 'x-custom': 'c' } };

const CALLS: [BehaviourName, string, Call][] = [
  ...(Object.keys(HANDLERS) as BehaviourName[])
    .filter((name) => ![...READERS, ...FAILURES, ...OTHERS].includes(name))
    .flatMap((name): [BehaviourName, string, Call][] => [
      [name, 'GET', GET],
      [name, 'HEAD', { ...GET, method: 'HEAD' }],
    ]),
  ...READERS.flatMap((name) =>
    Object.entries(BODIES).map(([what, call]): [BehaviourName, string, Call] => [name, what, call]),
  ),
  ['ownBuffer', 'a long body', post(LONG)],
  ['ownBuffer', 'a long chunked body', chunked(LONG)],
  ['formData', 'a short form', form(10)],
  ['formData', 'a long form', form(200_000)],
  ['nextRequest', 'a long body', { ...post(LONG), query: '?a=b' }],
  ['redirect', 'a form', post('a=1', 'application/x-www-form-urlencoded')],
  ['redirect', 'a form of parts', form(10)],
  ['redirect', 'JSON', post('{}', 'application/json')],
  ['permanentRedirect', 'a form', post('a=1', 'application/x-www-form-urlencoded')],
  ['json', 'PUT', { ...post('x'), method: 'PUT' }],
  ['json', 'PATCH', { ...post('x'), method: 'PATCH' }],
  ['json', 'DELETE', { method: 'DELETE' }],
];

let app: WrapperApp;
beforeAll(async () => {
  app = await WrapperApp.start();
}, 480_000);
afterAll(() => app.stop());

async function both(name: BehaviourName, call: Call) {
  const bare = await callServer(app.port, `/bare/${name}`, call);
  const afterBare = await app.seen();
  const headers = { ...call.headers, 'x-api-key': 'good' };
  const wrapped = await callServer(app.port, `/wrapped/${name}`, { ...call, headers });
  return { bare, afterBare, wrapped, afterWrapped: await app.seen() };
}

describe('under Next, a wrapped handler', () => {
  it.each(CALLS)(
    'answers as the bare one, and is recorded as what the caller sees: %s, %s',
    async (name, _what, call) => {
      const { bare, afterBare, wrapped, afterWrapped } = await both(name, call);
      expect(withoutOurs(wrapped)).toEqual(bare);
      expect(afterBare.events).toEqual([]);
      expect(afterWrapped.afterwards).toBe(afterBare.afterwards);
      const status = wrapped.broken ? 500 : wrapped.status;
      expect(afterWrapped.events).toMatchObject([
        { status, method: call.method ?? 'GET', route: '/wrapped/{behaviour}', responseBytes: wrapped.body.length },
      ]);
    },
  );

  it.each(FAILURES)('fails where the bare one does, says so, and is recorded: %s', async (name) => {
    const { bare, wrapped, afterWrapped } = await both(name, GET);
    expect([bare.status, wrapped.status]).toEqual([500, 500]);
    expect(JSON.parse(wrapped.body)).toMatchObject({ status: 500, code: 'internal' });
    expect(afterWrapped.events).toMatchObject([{ status: 500, errorCode: 'internal' }]);
  });

  it('does not share headers between calls whose handler shares its response', async () => {
    const headers = { 'x-api-key': 'good' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => callServer(app.port, '/wrapped/sharedResponse', { headers })),
    );
    const ids = answers.map((answer) => answer.headers.find(([name]) => name === 'x-usage-event-id')?.[1]);
    expect(new Set(ids).size).toBe(20);
    expect((await app.seen()).events.map(({ id }) => id).sort()).toEqual(ids.sort());
  });
});

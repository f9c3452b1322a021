import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type LookUpAll, postWebhook } from './post-webhook';
import { isPublicAddress, refusalOfUrl } from './public-address';

/** Addresses that are not of the public internet. */
const INNER = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ...[
    '169.254.169.254',
    '169.254.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '198.18.0.1',
  ],
  ...['192.0.2.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.88.99.1'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:127.0.0.1', '::7f00:1', '::127.0.0.1', 'fe80::1'],
  ...['fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1', '64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2002:7f00:1::'],
  ...['2001::1', '2001:db8::1', '100::1', '5f00::1', '3fff::1', '4000::1'],
];

/** Other spellings of such hosts, as a URL may have them. */
const SPELLINGS = [
  ...['127.1', '127.0.1', '0', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '127.0.0.1.'],
  ...['0xa9fea9fe', '2852039166', '169.254.43518', '0251.0376.0251.0376', '①②⑦.⓪.⓪.①', '１２７.0.0.1', '127。0。0。1'],
  ...['%31%32%37.0.0.1', '[0:0:0:0:0:ffff:7f00:1]', '[0000:0000::0001]', '[::ffff:169.254.169.254]', 'localhost'],
  ...[
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'printer.local',
    'metadata.google.internal',
    'db.internal.',
    'intranet',
  ],
  ...['router.lan', 'x.home.arpa', 'ｌocalhost'],
];

describe('a webhook', () => {
  let server: Server | undefined;

  afterEach(() => void server?.close().closeAllConnections());

  /** A receiver on loopback; resolves to its port. */
  const listen = (receive: RequestListener) =>
    new Promise<number>((resolve) => {
      server = createServer(receive).listen(0, '127.0.0.1', () => resolve((server!.address() as AddressInfo).port));
    });

  it('goes to no address but those of the public internet, in whatever spelling', async () => {
    expect(INNER.filter((address) => isPublicAddress(address))).toEqual([]);
    const hosts = [...INNER.map((address) => (address.includes(':') ? `[${address}]` : address)), ...SPELLINGS];
    expect(hosts.filter((host) => refusalOfUrl(`https://${host}/hook`) === null)).toEqual([]);
    expect(hosts.length).toBeGreaterThan(60);
    for (const host of hosts)
      await expect(postWebhook(`https://${host}/hook`, '{}', {}, { allowLoopback: false })).rejects.toThrow(
        'Not called',
      );
    for (const text of [
      'ftp://example.com',
      'http://example.com',
      'https://a:b@example.com',
      'x',
      'file:///etc/passwd',
    ])
      expect(refusalOfUrl(text)).not.toBeNull();
    for (const host of ['example.com', '93.184.215.14', '[2606:4700::1111]', 'xn--bcher-kva.example.org'])
      expect(refusalOfUrl(`https://${host}:8443/hook?a=1`)).toBeNull();
  });

  it('goes to no name that leads to such an address, alone or beside a public one, at once or later', async () => {
    const post = (lookUpAll: LookUpAll) =>
      postWebhook('https://rebinding.example.com/', '{}', {}, { allowLoopback: false, lookUpAll, patienceMs: 300 });
    const entry = (address: string) => ({ address, family: address.includes(':') ? 6 : 4 });
    for (const address of INNER) {
      await expect(post((_name, done) => done(null, [entry(address)]))).rejects.toThrow('no public host');
      const beside = [entry('93.184.215.14'), entry(address)];
      await expect(post((_name, done) => done(null, beside))).rejects.toThrow('no public host');
    }
    // What answers public first and private then is looked up once per connection, and connected to as it was looked up.
    let looks = 0;
    const turning: LookUpAll = (_name, done) => done(null, [entry(looks++ === 0 ? '93.184.215.14' : '127.0.0.1')]);
    const first = await post(turning).catch((error: Error) => error.message);
    expect([looks, first]).not.toEqual([1, expect.stringContaining('127.0.0.1')]);
    expect(looks).toBe(1);
    await expect(post(turning)).rejects.toThrow('no public host');
  });

  it('follows no redirect, reads 64 kB of an answer, and waits no longer than it is told', async () => {
    const seen: string[] = [];
    const port = await listen((request, response) => {
      seen.push(request.url!);
      if (request.url === '/moved') response.writeHead(302, { location: `http://127.0.0.1:${port}/inner` }).end();
      else if (request.url === '/endless') {
        response.writeHead(200);
        const more = () => void (response.writable && response.write('x'.repeat(16_384), () => setImmediate(more)));
        more();
      } else if (request.url === '/drip') response.writeHead(200).write('x');
    });
    const post = (path: string) =>
      postWebhook(`http://127.0.0.1:${port}${path}`, '{}', {}, { allowLoopback: true, patienceMs: 500 });
    await expect(post('/moved')).resolves.toMatchObject({ status: 302 });
    await expect(post('/endless')).resolves.toMatchObject({ status: 200, text: 'x'.repeat(65_536) });
    await expect(post('/drip')).rejects.toThrow('No answer within 0.5 s');
    await expect(post('/silent')).rejects.toThrow('No answer within 0.5 s');
    expect(seen).toEqual(['/moved', '/endless', '/drip', '/silent']);
  });
});

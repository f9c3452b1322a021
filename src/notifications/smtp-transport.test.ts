import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSmtpTransport } from './smtp-transport';

/** A mail server that takes every message, or refuses each. */
function createMailServer({ refusing = false } = {}) {
  const received: { recipients: string[]; content: string }[] = [];
  const converse = (socket: Socket) => {
    let recipients: string[] = [];
    let content: string | null = null;
    const say = (line: string) => void socket.write(`${line}\r\n`);
    say('220 test');
    let pending = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split('\r\n');
      pending = lines.pop()!;
      for (const line of lines) {
        if (content !== null && line !== '.') content += `${line}\n`;
        else if (content !== null) {
          received.push({ recipients, content });
          [recipients, content] = [[], null];
          say('250 kept');
        } else if (line.startsWith('RCPT')) {
          recipients.push(/<(.*)>/.exec(line)![1]!);
          say(refusing ? '451 try again later' : '250 ok');
        } else if (line === 'DATA') {
          content = '';
          say('354 go on');
        } else if (line === 'QUIT') socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  };
  return { server: createServer(converse), received };
}

describe('the SMTP transport', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
  });
  const start = async (options?: { refusing: boolean }) => {
    const { server, received } = createMailServer(options);
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    return { transport: createSmtpTransport(`smtp://127.0.0.1:${port}`), received };
  };
  const message = {
    from: 'Tollgate <billing@example.com>',
    to: 'ada@example.com',
    subject: 'Join Acme',
    text: 'Hello, Ada.',
    messageId: '<one@tollgate>',
  };

  it('hands over the message under its id', async () => {
    const { transport, received } = await start();
    await transport.send(message);
    expect(received).toHaveLength(1);
    expect(received[0]!.recipients).toEqual(['ada@example.com']);
    expect(received[0]!.content).toMatch(/^Message-ID: <one@tollgate>$/m);
    expect(received[0]!.content).toContain('Hello, Ada.');
  });

  it('makes no header and no recipient out of line breaks in a subject', async () => {
    const { transport, received } = await start();
    await transport.send({ ...message, subject: 'Join Acme\r\nBcc: everyone@example.com' });
    expect(received[0]!.recipients).toEqual(['ada@example.com']);
    expect(received[0]!.content).toMatch(/^Subject: Join Acme Bcc: everyone@example\.com$/m);
    expect(received[0]!.content).not.toMatch(/^Bcc:/m);
  });

  it('fails when the server refuses, so that the message is kept', async () => {
    const { transport } = await start({ refusing: true });
    await expect(transport.send(message)).rejects.toThrow('451');
  });
});

import { type MailSink, startMailSink } from '@/testing/mail-sink';
import { createSmtpTransport } from './smtp-transport';

describe('the SMTP transport', () => {
  const sinks: MailSink[] = [];
  afterEach(async () => {
    for (const sink of sinks.splice(0)) await sink.close();
  });
  const start = async (options?: { refusing: boolean }) => {
    const sink = await startMailSink(options);
    sinks.push(sink);
    return { transport: createSmtpTransport(sink.url), received: sink.received };
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

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

interface ReceivedMail {
  recipients: string[];
  /** Headers and text as they came, lines ended by \n. */
  content: string;
}

export interface MailSink {
  /** For SMTP_URL. */
  url: string;
  /** Every mail so far, the oldest first. */
  received: readonly ReceivedMail[];
  close(): Promise<void>;
}

/** A mail server on loopback that keeps every message for the test to read, or refuses each. */
export async function startMailSink({ refusing = false } = {}): Promise<MailSink> {
  const received: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const converse = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
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
  const server = createServer(converse);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

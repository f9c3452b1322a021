import { connect } from 'node:net';

/**
 * Sends bytes as they are, which no client library would, and resolves to the status of the answer: null where the connection ends
 * without one, as it may for what is no HTTP at all.
 */
export function sendRaw(port: number, text: string): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data: Buffer) => (answer += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
      resolve(status === undefined ? null : Number(status));
    });
    socket.write(text, 'latin1');
  });
}

/** Sends a request whose body never ends, and hangs up as soon as the server has read the beginning of it. */
export function hangUpInBody(port: number, head: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    // Whoever asks for permission to send is answered once the head was read.
    socket.once('data', () => socket.write('{"events":[', () => socket.destroy()));
    socket.write(`${head}Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n`, 'latin1');
  });
}

import { createTransport } from 'nodemailer';
import { type MailTransport } from './mail-transport';

/** Longest silence of the mail server that is waited for, in ms. */
const PATIENCE_MS = 10_000;

/** @param url of the server with its credentials, e.g. smtp://user:secret@mail.example.com:587 */
export function createSmtpTransport(url: string): MailTransport {
  const transport = createTransport({
    url,
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
  });
  return {
    async send(message) {
      // A subject is one line, whatever it was made from.
      await transport.sendMail({ ...message, subject: message.subject.replace(/\s+/g, ' ') });
    },
  };
}

/** Mail. The container makes it with createMailer({ pool, transport: SMTP_URL ? createSmtpTransport(url) : null, from, clock }). */
export { createMailer, type Mailer } from './mailer';
export { createNotifier, type Notifier } from './notifier';
export { createSmtpTransport } from './smtp-transport';

/** Mail and webhooks. The container makes it with createMailer({ pool, transport: SMTP_URL ? createSmtpTransport(url) : null, from, clock }). */
export { createMailer, type Mailer } from './mailer';
export { createNotifier, type Notifier } from './notifier';
export { createSmtpTransport } from './smtp-transport';
export { createWebhookCourier, type WebhookCourier } from './webhook-courier';
export { createWebhookEndpoints, type WebhookEndpoints } from './webhook-endpoints';

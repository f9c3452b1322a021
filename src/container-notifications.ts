/** The composition root's part that tells what happened, by mail and webhooks. See container.ts. */
import {
  createMailer,
  createNotifier,
  createSmtpTransport,
  createWebhookCourier,
  createWebhookEndpoints,
} from '@/notifications';
import { type Builders, monotonicMs } from './container-parts';

export const NOTIFICATION_BUILDERS: Builders<'mailer' | 'notifier' | 'webhookCourier' | 'webhookEndpoints'> = {
  mailer: ({ pool, env, clock }) =>
    createMailer({
      pool,
      transport: env.SMTP_URL === undefined ? null : createSmtpTransport(env.SMTP_URL),
      from: env.MAIL_FROM,
      clock,
    }),
  notifier: ({ pool, clock }) => createNotifier({ pool, clock }),
  webhookCourier: ({ pool, clock, env }) =>
    createWebhookCourier({ pool, clock, monotonicMs, allowLoopback: env.WEBHOOK_ALLOW_LOOPBACK === '1' }),
  webhookEndpoints: ({ pool, clock, env, auditLog }) =>
    createWebhookEndpoints({
      pool,
      clock,
      allowLoopback: env.WEBHOOK_ALLOW_LOOPBACK === '1',
      audit: (client, entry) => auditLog.record(entry, client),
    }),
};

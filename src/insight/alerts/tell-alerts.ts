/**
 * Tells the channels of rules of what is pending, and that what was told is over. Each alert is one transaction, in which its notice
 * is put into the outbox and the alert marked: so it is told once by however many runs, also where one is killed in between. What
 * cannot be told keeps nothing else waiting.
 */
import { type Pool, type PoolClient } from 'pg';
import { inTransaction, type SqlExecutor } from '@/db';
import { type Notifier } from '@/notifications';
import { type Notice } from '@/notifications/contracts';
import { alertDetails, alertHeadline } from './alert-words';
import {
  FROM_THE_BEGINNING,
  markSent,
  markSettled,
  type Place,
  takePending,
  takeUnsettled,
  type ToldAlert,
} from './alert-store';

/** Tells what there is to tell at an instant, 1,000 alerts of each kind at most. */
export type AlertTeller = (at: Date) => Promise<{ sent: number; failed: number }>;

interface TellerOptions {
  pool: Pool;
  notify: Notifier['notify'];
  /** Mails the platform's admins, and further addresses: what is told of rules of the installation. */
  mailAdmins: (
    mail: { subject: string; text: string; addresses: readonly string[] },
    executor: SqlExecutor,
  ) => Promise<void>;
  /** Where the pages are, without a slash at the end. */
  appUrl: string;
  warn: (err: unknown, message: string) => void;
}

const MOST = 1_000;

export function createAlertTeller({ pool, notify, mailAdmins, appUrl, warn }: TellerOptions): AlertTeller {
  async function tellRaised(client: PoolClient, alert: ToldAlert): Promise<void> {
    const subject = alertHeadline(factsOf(alert));
    const url = `${appUrl}${alert.audience === 'installation' ? '/admin/alerts' : '/alerts'}`;
    const paragraphs = [
      `${subject}.`,
      ...alertDetails(alert, alert.period_end),
      `Told by the rule “${alert.name}”${alert.organization === null ? '' : ` for ${alert.organization}`}.`,
    ];
    const addresses = alert.mail_addresses ?? [];
    if (alert.audience === 'installation') {
      // Without its rule nobody is told.
      if (alert.mail_addresses === null) return;
      const of = alert.organization === null ? '' : `${alert.organization}: `;
      return mailAdmins({ subject: `${of}${subject}`, text: [...paragraphs, url].join('\n\n'), addresses }, client);
    }
    const notice = noticeOf(alert, 'alert.raised', alert.created_at, url);
    const roles = alert.mail_roles ?? [];
    const mail = {
      subject,
      paragraphs,
      buttons: [{ label: 'Look at the alert', url }],
      vital: alert.severity === 'critical',
    };
    if (roles.length > 0 || notice.webhooks !== null)
      await notify({ ...notice, mail: roles.length > 0 ? { ...mail, to: { roles } } : null }, client);
    if (addresses.length > 0)
      await notify(
        { ...notice, key: `${notice.key}:addresses`, webhooks: null, mail: { ...mail, to: { addresses } } },
        client,
      );
  }

  async function tellResolved(client: PoolClient, alert: ToldAlert): Promise<void> {
    // What nobody was told of is over for nobody.
    if (alert.sent_at === null || alert.audience === 'installation') return;
    const notice = noticeOf(alert, 'alert.resolved', alert.resolved_at!, `${appUrl}/alerts`);
    if (notice.webhooks !== null) await notify({ ...notice, mail: null }, client);
  }

  /** Alert by alert, behind the last one whatever became of it. */
  async function each(
    take: (client: PoolClient, after: Place) => Promise<ToldAlert | null>,
    tell: (client: PoolClient, alert: ToldAlert) => Promise<void>,
  ): Promise<{ sent: number; failed: number }> {
    const done = { sent: 0, failed: 0 };
    let after = FROM_THE_BEGINNING;
    while (done.sent + done.failed < MOST) {
      const alert = await inTransaction(pool, async (client) => {
        const taken = await take(client, after);
        if (!taken) return null;
        await client.query('savepoint told');
        try {
          await tell(client, taken);
          done.sent++;
        } catch (error) {
          await client.query('rollback to savepoint told');
          done.failed++;
          warn(error, `alerts: ${taken.id} could not be told`);
        }
        return taken;
      });
      if (!alert) return done;
      after = { at: alert.place, id: alert.id };
    }
    return done;
  }

  return async (at) => {
    const raised = await each(takePending, async (client, alert) => {
      await tellRaised(client, alert);
      await markSent(client, alert.id, at);
    });
    const settled = await each(
      (client, after) => takeUnsettled(client, after, at),
      async (client, alert) => {
        await tellResolved(client, alert);
        await markSettled(client, alert.id, at);
      },
    );
    return { sent: raised.sent, failed: raised.failed + settled.failed };
  };
}

const factsOf = (alert: ToldAlert) => ({
  kind: alert.kind,
  metricName: alert.metric_name,
  unit: alert.unit,
  apiKey: alert.api_key,
  used: alert.used,
  included: alert.included,
  currency: alert.currency,
  action: alert.action,
});

function noticeOf(alert: ToldAlert, type: Notice['type'], occurredAt: Date, url: string): Omit<Notice, 'mail'> {
  const { webhooks, webhook_endpoint_ids: endpointIds } = alert;
  return {
    organizationId: alert.organization_id!,
    key: `${type}:${alert.id}`,
    type,
    occurredAt,
    data: {
      alert_id: alert.id,
      kind: alert.kind,
      level: alert.level,
      rule: alert.name,
      severity: alert.severity,
      metric: alert.metric,
      used: alert.used,
      included: alert.included,
      threshold: alert.threshold,
      currency: alert.currency,
      action: alert.action,
      period_end: alert.period_end?.toISOString() ?? null,
      raised_at: alert.created_at.toISOString(),
      url,
    },
    webhooks: webhooks === 'subscribed' ? webhooks : webhooks === 'chosen' && endpointIds ? { endpointIds } : null,
  };
}

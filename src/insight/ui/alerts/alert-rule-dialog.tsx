'use client';

import { useState } from 'react';
import { type AlertChannels, type AlertRule, RULE_KINDS } from '@/insight/contracts';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { TextAreaField, TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { formText } from '@/ui/form-text';
import { Select } from '@/ui/select';
import { useAction } from '@/ui/use-action';
import { type AlertNames, KIND_WORDS } from './alert-names';
import { ALERT_ROUTES, type AlertRoutes, createRule, updateRule } from './alerts-api';
import { fromShown, type RuleKind, THRESHOLD_WORDS, toShown } from './shown-threshold';

const SEVERITIES = [
  { value: 'info', label: 'Info' },
  { value: 'warning', label: 'Warning' },
  { value: 'critical', label: 'Critical' },
];
const COOLDOWNS = [
  { value: '0', label: 'At once' },
  { value: '900', label: '15 minutes' },
  { value: '3600', label: 'An hour' },
  { value: '86400', label: 'A day' },
];
const ROLES = ['owner', 'admin', 'member'] as const;
const ROLE_LABELS = { owner: 'Owners', admin: 'Admins', member: 'Members' };
const SHOWN_FIELDS = ['name', 'metric', 'threshold', 'api_key_id', 'channels'];

const options = (entries: readonly { value: string; label: string }[], none: string | null) =>
  none === null ? entries : [{ value: '', label: none }, ...entries];

/** Asks what a rule watches and who is told, and adds or changes it. Of a level only what can be changed is asked. */
export function AlertRuleDialog({
  routes,
  rule,
  names,
  onClose,
  onSaved,
}: {
  routes: AlertRoutes;
  /** Null for a new one. */
  rule: AlertRule | null;
  names: AlertNames;
  onClose: () => void;
  onSaved: (rule: AlertRule) => void;
}) {
  const ofInstallation = routes === ALERT_ROUTES.installation;
  const kinds = (Object.keys(RULE_KINDS) as RuleKind[]).filter((one) =>
    ofInstallation ? RULE_KINDS[one].ofInstallation : one !== 'integrity',
  );
  const [kind, setKind] = useState<RuleKind>(rule && rule.kind !== 'overage' ? rule.kind : kinds[0]!);
  const [roles, setRoles] = useState<AlertChannels['mail_roles']>(rule?.channels.mail_roles ?? ['owner', 'admin']);
  const [webhooks, setWebhooks] = useState<AlertChannels['webhooks']>(rule?.channels.webhooks ?? 'subscribed');
  const is = RULE_KINDS[kind];
  const isLevel = rule?.level != null;

  const save = useAction(async (values: FormData) => {
    const shared = {
      severity: formText(values, 'severity') as AlertRule['severity'],
      cooldown_seconds: Number(formText(values, 'cooldown_seconds')),
      channels: {
        mail_roles: roles,
        mail_addresses: formText(values, 'mail_addresses')
          .split(/[\s,;]+/)
          .filter(Boolean),
        webhooks,
      },
    };
    const threshold =
      is.most === null || isLevel ? null : fromShown(kind, formText(values, 'threshold'), names.currency);
    const name = isLevel ? {} : { name: formText(values, 'name') };
    if (rule) {
      const changed = { ...shared, ...name, ...(threshold !== null && { threshold }) };
      return onSaved(await updateRule(routes, rule.id, changed));
    }
    const metric = is.metric === 'none' ? null : formText(values, 'metric') || null;
    const keyId = is.ofKey && !ofInstallation ? formText(values, 'api_key_id') || null : null;
    onSaved(
      await createRule(routes, {
        ...shared,
        name: formText(values, 'name'),
        kind,
        metric,
        api_key_id: keyId,
        threshold,
        enabled: true,
      }),
    );
  });
  const errors = save.problem?.fields ?? {};
  const metrics = names.metrics
    .filter(({ addsUp }) => addsUp || (kind !== 'rate' && kind !== 'forecast'))
    .map(({ key, name }) => ({ value: key, label: name }));

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={rule ? 'Change rule' : 'Add rule'}
      description={rule ? rule.name : 'From when on something is told, and to whom.'}
    >
      <Form onSubmit={(values) => void save.run(values)} problem={save.problem} className="contents">
        <DialogBody>
          <FormProblem problem={save.problem} fields={SHOWN_FIELDS} />
          {!rule && (
            <Select
              label="What is watched"
              value={kind}
              onChange={(event) => setKind(event.target.value as RuleKind)}
              options={kinds.map((value) => ({ value, label: KIND_WORDS[value] }))}
            />
          )}
          {!isLevel && (
            <TextField
              label="Name"
              name="name"
              maxLength={80}
              autoComplete="off"
              defaultValue={rule?.name}
              error={errors.name}
            />
          )}
          {!rule && is.metric !== 'none' && (
            <Select
              label="Metric"
              name="metric"
              options={options(metrics, is.metric === 'possible' ? 'Any' : null)}
              error={errors.metric}
            />
          )}
          {!rule && is.ofKey && !ofInstallation && names.keys.length > 0 && (
            <Select
              label="Of"
              name="api_key_id"
              options={options(
                names.keys.map(({ id, name }) => ({ value: id, label: `The key ${name}` })),
                'All live usage',
              )}
              error={errors.api_key_id}
            />
          )}
          {!isLevel && is.most !== null && (
            <TextField
              key={kind}
              label={THRESHOLD_WORDS[kind].label(names.currency)}
              name="threshold"
              inputMode="decimal"
              autoComplete="off"
              placeholder={THRESHOLD_WORDS[kind].example}
              defaultValue={rule?.threshold == null ? undefined : toShown(kind, Number(rule.threshold), names.currency)}
              error={errors.threshold}
            />
          )}
          <div className="grid gap-4 sm:grid-cols-2">
            <Select label="Severity" name="severity" options={SEVERITIES} defaultValue={rule?.severity ?? 'warning'} />
            <Select
              label="Told again after it was clear for"
              name="cooldown_seconds"
              options={
                COOLDOWNS.some(({ value }) => value === String(rule?.cooldown_seconds ?? 900))
                  ? COOLDOWNS
                  : [
                      ...COOLDOWNS,
                      { value: String(rule!.cooldown_seconds), label: `${rule!.cooldown_seconds} seconds` },
                    ]
              }
              defaultValue={String(rule?.cooldown_seconds ?? 900)}
            />
          </div>
          {!ofInstallation && (
            <fieldset>
              <legend className="mb-1 text-xs font-medium text-ink-2">Mail to</legend>
              <div className="flex flex-wrap gap-x-4">
                {ROLES.map((role) => (
                  <Checkbox
                    key={role}
                    checked={roles.includes(role)}
                    onChange={(on) => setRoles(ROLES.filter((one) => (one === role ? on : roles.includes(one))))}
                  >
                    {ROLE_LABELS[role]}
                  </Checkbox>
                ))}
              </div>
            </fieldset>
          )}
          <TextAreaField
            label={ofInstallation ? 'Mail to platform admins, and to' : 'And to'}
            name="mail_addresses"
            autoComplete="off"
            spellCheck={false}
            placeholder="ops@example.com"
            hint="Up to five addresses, by comma or line."
            defaultValue={rule?.channels.mail_addresses.join('\n')}
            error={errors.channels}
          />
          {!ofInstallation && (
            <Checkbox
              checked={webhooks !== 'none'}
              onChange={(on) =>
                setWebhooks(
                  on
                    ? rule && typeof rule.channels.webhooks === 'object'
                      ? rule.channels.webhooks
                      : 'subscribed'
                    : 'none',
                )
              }
            >
              {typeof webhooks === 'object'
                ? `Webhooks: ${webhooks.length} chosen endpoints`
                : 'Webhooks that have subscribed to alerts'}
            </Checkbox>
          )}
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={save.pending}>
            {rule ? 'Save' : 'Add rule'}
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}

'use client';

import { Ellipsis, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type AlertRule } from '@/insight/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Checkbox } from '@/ui/checkbox';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { cx } from '@/ui/cx';
import { DropdownMenu, MenuItem } from '@/ui/dropdown-menu';
import { EmptyState } from '@/ui/empty-state';
import { Notice } from '@/ui/notice';
import { useAction } from '@/ui/use-action';
import { type AlertNames, channelWords, ruleWords, SEVERITY_TONES } from './alert-names';
import { AlertRuleDialog } from './alert-rule-dialog';
import { ALERT_ROUTES, type AlertRoutes, removeRule, updateRule } from './alerts-api';

type Task = { kind: 'add' } | { kind: 'edit' | 'remove'; rule: AlertRule };

/** What is to be told, and to whom: switched, added, changed and removed by who may. */
export function AlertRulesCard({
  routes,
  initial,
  names,
  mayChange,
  onChanged,
}: {
  routes: AlertRoutes;
  initial: readonly AlertRule[];
  names: AlertNames;
  mayChange: boolean;
  /** What is shown of alerts may be old now. */
  onChanged: () => void;
}) {
  const [rules, setRules] = useState(initial);
  const [task, setTask] = useState<Task | null>(null);
  const close = () => setTask(null);
  const replace = (rule: AlertRule) => {
    setRules((shown) =>
      shown.some(({ id }) => id === rule.id) ? shown.map((one) => (one.id === rule.id ? rule : one)) : [...shown, rule],
    );
    onChanged();
  };
  const toggle = useAction(async (rule: AlertRule, enabled: boolean) =>
    replace(await updateRule(routes, rule.id, { enabled })),
  );
  const ofInstallation = routes === ALERT_ROUTES.installation;
  return (
    <Card
      title="Rules"
      note={`${rules.filter(({ enabled }) => enabled).length} of ${rules.length} on`}
      actions={
        mayChange && (
          <Button size="sm" onClick={() => setTask({ kind: 'add' })}>
            <Plus aria-hidden className="size-3.5" />
            Add rule
          </Button>
        )
      }
    >
      {toggle.problem && (
        <div className="px-4 pb-3">
          <Notice tone="bad" role="alert">
            {toggle.problem.message}
          </Notice>
        </div>
      )}
      {rules.length === 0 && (
        <div className="border-t">
          <EmptyState icon={Plus} title="No rules yet">
            <p>A rule says from when on something is told, and to whom.</p>
          </EmptyState>
        </div>
      )}
      <ul>
        {rules.map((rule) => (
          <li key={rule.id} className="flex items-start gap-3 border-t px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className={cx('flex flex-wrap items-center gap-x-2 gap-y-1 text-sm', !rule.enabled && 'text-ink-3')}>
                <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{rule.name}</span>
                <Badge tone={rule.enabled ? SEVERITY_TONES[rule.severity] : 'neutral'}>{rule.severity}</Badge>
              </p>
              <p className="mt-0.5 text-xs text-ink-2 [overflow-wrap:anywhere]">{ruleWords(rule, names)}</p>
              <p className="text-xs text-ink-3 [overflow-wrap:anywhere]">
                {channelWords(rule.channels, ofInstallation)}
              </p>
            </div>
            {mayChange ? (
              <div className="flex shrink-0 items-center gap-1">
                <Checkbox checked={rule.enabled} onChange={(enabled) => void toggle.run(rule, enabled)}>
                  <span className="sr-only">{rule.name}: </span>On
                </Checkbox>
                <DropdownMenu
                  trigger={
                    <Button variant="ghost" size="icon" aria-label={`Actions for ${rule.name}`}>
                      <Ellipsis aria-hidden className="size-4" />
                    </Button>
                  }
                >
                  <MenuItem onSelect={() => setTask({ kind: 'edit', rule })}>
                    <Pencil aria-hidden />
                    Change
                  </MenuItem>
                  {rule.level === null && (
                    <MenuItem danger onSelect={() => setTask({ kind: 'remove', rule })}>
                      <Trash2 aria-hidden />
                      Remove
                    </MenuItem>
                  )}
                </DropdownMenu>
              </div>
            ) : (
              <span className="text-xs text-ink-3">{rule.enabled ? 'On' : 'Off'}</span>
            )}
          </li>
        ))}
      </ul>
      {(task?.kind === 'add' || task?.kind === 'edit') && (
        <AlertRuleDialog
          routes={routes}
          rule={task.kind === 'edit' ? task.rule : null}
          names={names}
          onClose={close}
          onSaved={(rule) => {
            replace(rule);
            close();
          }}
        />
      )}
      {task?.kind === 'remove' && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title="Remove this rule?"
          confirmLabel="Remove rule"
          onConfirm={async () => {
            await removeRule(routes, task.rule.id);
            setRules((shown) => shown.filter(({ id }) => id !== task.rule.id));
            onChanged();
          }}
        >
          <p>
            <strong className="font-semibold text-ink">{task.rule.name}</strong> tells nothing any more. Its alerts are
            resolved, and stay in the list.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  );
}

'use client';

import { useState } from 'react';
import { type BillingAccountView } from '@/billing/contracts';
import { countryName } from '@/kernel/country-name';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { BillingDetailsDialog } from './billing-details-dialog';

/** Whom invoices are addressed to, and the way to change it. For owners and admins. */
export function BillingDetailsCard({
  initial,
  organizationName,
}: {
  initial: BillingAccountView;
  organizationName: string;
}) {
  const [account, setAccount] = useState(initial);
  const [editing, setEditing] = useState(false);
  const { legal_name, email, tax_id, address } = account;
  const place = [address.postal_code, address.city].filter(Boolean).join(' ');
  const lines = [address.line1, address.line2, place, address.state, address.country && countryName(address.country)];
  return (
    <Card
      title="Billing details"
      actions={
        <Button size="sm" onClick={() => setEditing(true)}>
          Edit
        </Button>
      }
    >
      <dl className="space-y-3 px-4 pb-4 text-sm [overflow-wrap:anywhere]">
        <div>
          <dt className="text-xs text-ink-3">Addressed to</dt>
          <dd>
            <span className="font-medium">{legal_name ?? organizationName}</span>
            {lines.map(
              (line, place_) =>
                line && (
                  <span key={place_} className="block text-ink-2">
                    {line}
                  </span>
                ),
            )}
          </dd>
        </div>
        <div>
          <dt className="text-xs text-ink-3">Sent to</dt>
          <dd className="text-ink-2">{email ?? 'The first owner'}</dd>
        </div>
        {tax_id !== null && (
          <div>
            <dt className="text-xs text-ink-3">Tax ID</dt>
            <dd className="text-ink-2">{tax_id}</dd>
          </div>
        )}
      </dl>
      {editing && (
        <BillingDetailsDialog
          account={account}
          organizationName={organizationName}
          onClose={() => setEditing(false)}
          onChanged={setAccount}
        />
      )}
    </Card>
  );
}

'use client';

import { type BillingAccountInput, type BillingAccountView } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { formText } from '@/ui/form-text';
import { Select } from '@/ui/select';
import { useAction } from '@/ui/use-action';
import { changeBillingAccount } from './billing-api';
import { COUNTRY_OPTIONS } from './countries';

const ADDRESS = ['line1', 'line2', 'postal_code', 'city', 'state', 'country'] as const;
const SHOWN_FIELDS = ['legal_name', 'email', 'tax_id', ...ADDRESS.map((name) => `address.${name}`)];

/** What was typed; nothing is null. */
const textOf = (values: FormData, name: string): string | null => formText(values, name) || null;

const inputOf = (values: FormData): BillingAccountInput => ({
  legal_name: textOf(values, 'legal_name'),
  email: textOf(values, 'email'),
  tax_id: textOf(values, 'tax_id'),
  address: Object.fromEntries(ADDRESS.map((name) => [name, textOf(values, `address.${name}`)])),
});

/** Asks whom later invoices are to be addressed to. */
export function BillingDetailsDialog({
  account,
  organizationName,
  onClose,
  onChanged,
}: {
  account: BillingAccountView;
  organizationName: string;
  onClose: () => void;
  onChanged: (account: BillingAccountView) => void;
}) {
  const save = useAction(async (values: FormData) => {
    onChanged(await changeBillingAccount(inputOf(values)));
    onClose();
  });
  const errors = save.problem?.fields ?? {};
  const address = (name: (typeof ADDRESS)[number], autoComplete: string) => ({
    name: `address.${name}`,
    autoComplete: `billing ${autoComplete}`,
    defaultValue: account.address[name] ?? '',
    error: errors[`address.${name}`],
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Billing details"
      description="They hold for invoices that are issued from now on; earlier ones stay as they are."
    >
      <Form onSubmit={(values) => void save.run(values)} problem={save.problem} className="contents">
        <DialogBody>
          <FormProblem problem={save.problem} fields={SHOWN_FIELDS} />
          <TextField
            label="Legal name"
            name="legal_name"
            autoComplete="billing organization"
            placeholder={organizationName}
            defaultValue={account.legal_name ?? ''}
            error={errors.legal_name}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="E-mail for invoices"
              name="email"
              type="email"
              autoComplete="billing email"
              placeholder="The first owner"
              defaultValue={account.email ?? ''}
              error={errors.email}
            />
            <TextField
              label="Tax ID"
              name="tax_id"
              autoComplete="off"
              placeholder="e.g. DE123456789"
              defaultValue={account.tax_id ?? ''}
              error={errors.tax_id}
            />
          </div>
          <TextField label="Street and number" {...address('line1', 'address-line1')} />
          <TextField label="Address, second line" {...address('line2', 'address-line2')} />
          <div className="grid gap-4 sm:grid-cols-[8rem_1fr]">
            <TextField label="Postal code" {...address('postal_code', 'postal-code')} />
            <TextField label="City" {...address('city', 'address-level2')} />
          </div>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField label="State or region" {...address('state', 'address-level1')} />
            <Select label="Country" options={COUNTRY_OPTIONS} {...address('country', 'country')} />
          </div>
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={save.pending}>
            Save
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}

'use client';

import { type AdminInvoice } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { TextAreaField, TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { formText } from '@/ui/form-text';
import { useAction } from '@/ui/use-action';
import { creditInvoice, markInvoicePaid, retryInvoice, voidInvoice } from './admin-billing-api';
import { actionLabel, consequences, creditedBy, type InvoiceAction, leftOf } from './invoice-actions';

interface Asked {
  action: InvoiceAction;
  invoice: AdminInvoice;
}
interface Props extends Asked {
  onClose: () => void;
  /** The invoice as it is then. */
  onDone: (invoice: AdminInvoice) => void;
}

const nameOf = ({ number }: AdminInvoice): string => (number === null ? 'the draft' : number);

async function perform({ action, invoice }: Asked, amount: string, reason: string): Promise<AdminInvoice> {
  if (action === 'retry') return retryInvoice(invoice.id);
  if (action === 'pay') return markInvoicePaid(invoice.id, reason);
  const note = await (action === 'void' ? voidInvoice(invoice.id, reason) : creditInvoice(invoice.id, amount, reason));
  return creditedBy(invoice, note);
}

/** Says what an action on an invoice will do, asks for its reason, and does it. */
export function InvoiceActionDialog(props: Props) {
  const { action, invoice, onClose, onDone } = props;
  const title = `${actionLabel(action, invoice)}: ${nameOf(invoice)}`;
  if (action !== 'retry') return <ReasonDialog {...props} title={title} />;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={title}
      confirmLabel={actionLabel(action, invoice)}
      tone="primary"
      onConfirm={async () => onDone(await perform(props, '', ''))}
    >
      <Consequences action={action} invoice={invoice} />
    </ConfirmDialog>
  );
}

function ReasonDialog({ title, ...props }: Props & { title: string }) {
  const { action, invoice, onClose, onDone } = props;
  const correct = useAction(async (values: FormData) => {
    onDone(await perform(props, formText(values, 'amount'), formText(values, 'reason')));
    onClose();
  });
  const fields = correct.problem?.fields;
  return (
    <Dialog open onOpenChange={onClose} title={title} description={<Consequences action={action} invoice={invoice} />}>
      <Form className="contents" problem={correct.problem} onSubmit={(values) => void correct.run(values)}>
        <DialogBody>
          <FormProblem problem={correct.problem} fields={['amount', 'reason']} />
          {action === 'credit' && (
            <TextField
              label={`Amount in ${invoice.currency}, taxes included`}
              name="amount"
              inputMode="decimal"
              autoComplete="off"
              placeholder={leftOf(invoice)}
              error={fields?.amount}
            />
          )}
          <TextAreaField
            label="Reason"
            name="reason"
            maxLength={500}
            hint={
              action === 'pay' ? 'It stands in the audit log.' : 'It stands on the credit note and in the audit log.'
            }
            error={fields?.reason}
          />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant={action === 'void' ? 'danger' : 'primary'} pending={correct.pending}>
            {actionLabel(action, invoice)}
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}

const Consequences = (asked: Asked) => (
  <span className="block space-y-2">
    {consequences(asked.action, asked.invoice).map((sentence) => (
      <span key={sentence} className="block">
        {sentence}
      </span>
    ))}
  </span>
);

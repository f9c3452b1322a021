import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type AdminInvoice, type AdminInvoiceList } from '@/billing/contracts';
import { answerInTurn } from '@/testing/answer-in-turn';
import { type InvoiceFilter } from './admin-billing-api';
import { AdminInvoicesPanel } from './admin-invoices-panel';

const ORGANIZATION = '0190f3a0-0000-7000-8000-000000000001';
const idOf = (place: number) => `0190f3a0-0000-7000-8000-0000000000${10 + place}`;

const invoice = (place: number, over: Partial<AdminInvoice> = {}): AdminInvoice => ({
  id: idOf(place),
  number: `ACME-${place}`,
  status: 'sent',
  collection: 'manual',
  currency: 'USD',
  period_start: '2026-10-02T00:00:00.000000Z',
  period_end: '2026-11-02T00:00:00.000000Z',
  subtotal: '49.00',
  subtotal_minor: 4_900,
  tax: '0.00',
  tax_minor: 0,
  total: '49.00',
  total_minor: 4_900,
  credited: '0.00',
  credited_minor: 0,
  finalized_at: '2026-11-02T01:00:00.000Z',
  due_at: '2026-11-16T01:00:00.000Z',
  sent_at: '2026-11-02T01:00:00.000Z',
  paid_at: null,
  failed_at: null,
  voided_at: null,
  payment_url: null,
  organization_id: ORGANIZATION,
  organization_name: 'Acme',
  attention: null,
  ...over,
});
const listOf = (data: AdminInvoice[], next_cursor: string | null = null): AdminInvoiceList => ({
  data,
  next_cursor,
  counts: { draft: 1, finalized: 0, sent: 3, paid: 12, payment_failed: 0, void: 0 },
});
const note = (over: object) => ({
  id: idOf(80),
  number: 'ACME-CN-1',
  invoice_id: idOf(1),
  currency: 'USD',
  amount: '49.00',
  amount_minor: 4_900,
  reason: 'Mistake',
  voids: true,
  created_by: 'user:1',
  created_at: '2026-11-20T00:00:00.000Z',
  lines: [],
  ...over,
});

const show = (list: AdminInvoiceList, filter: InvoiceFilter = {}) =>
  render(<AdminInvoicesPanel initial={list} filter={filter} />);
const row = (name: RegExp) => within(screen.getByRole('row', { name }));
const tab = (name: RegExp) =>
  within(screen.getByRole('navigation', { name: 'Invoices by state' })).getByRole('link', { name });

async function choose(name: RegExp, action: string) {
  const user = userEvent.setup();
  await user.click(row(name).getByRole('button', { name: /^Actions on/ }));
  await user.click(await screen.findByRole('menuitem', { name: action }));
  return user;
}
async function actionsOf(name: RegExp): Promise<(string | null)[]> {
  const user = userEvent.setup();
  await user.click(row(name).getByRole('button', { name: /^Actions on/ }));
  const found = (await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent);
  await user.keyboard('{Escape}');
  return found;
}

describe('the invoices of all organizations', () => {
  it('stand by their state, with how many there are, each with a way to it and to those of its organization', () => {
    show(listOf([invoice(1)]), { status: 'sent' });
    expect(tab(/^Sent/).textContent).toBe('Sent3');
    expect(tab(/^Sent/).getAttribute('aria-current')).toBe('page');
    expect(tab(/^All/).textContent).toBe('All16');
    expect(tab(/^Paid/).getAttribute('href')).toBe('/admin/billing/invoices?status=paid');
    expect(
      row(/ACME-1/)
        .getByRole('link', { name: 'ACME-1' })
        .getAttribute('href'),
    ).toBe(`/admin/billing/invoices/${idOf(1)}`);
    expect(
      row(/ACME-1/)
        .getAllByRole('link', { name: 'Acme' })
        .map((link) => link.getAttribute('href')),
    ).toEqual(Array(2).fill(`/admin/billing/invoices?organization=${ORGANIZATION}`));
  });

  it('offer in each state what can be done in it', async () => {
    show(
      listOf([
        invoice(1, { status: 'draft', number: null }),
        invoice(2, { status: 'finalized', attention: 'The mail was refused.' }),
        invoice(3),
        invoice(4, { collection: 'stripe_invoice', status: 'payment_failed' }),
        invoice(5, { status: 'paid' }),
        invoice(6, { status: 'void', credited: '49.00', credited_minor: 4_900 }),
      ]),
    );
    expect(await actionsOf(/^Draft/)).toEqual(['Finalize now']);
    expect(await actionsOf(/ACME-2/)).toEqual(['Try again', 'Mark as paid', 'Void']);
    expect(row(/ACME-2/).getByText('The mail was refused.')).toBeTruthy();
    expect(await actionsOf(/ACME-3/)).toEqual(['Mark as paid', 'Credit an amount', 'Void']);
    expect(await actionsOf(/ACME-4/)).toEqual(['Credit an amount', 'Void']);
    expect(await actionsOf(/ACME-5/)).toEqual(['Credit an amount']);
    expect(row(/ACME-6/).queryByRole('button')).toBeNull();
  });

  it('are voided after saying what it does and asking why', async () => {
    const calls = answerInTurn({ status: 201, body: note({}) });
    show(listOf([invoice(1)]));
    const user = await choose(/ACME-1/, 'Void');
    const dialog = await screen.findByRole('dialog', { name: 'Void: ACME-1' });
    expect(dialog.textContent).toContain('A credit note over $49.00 is issued');
    expect(calls).toEqual([]);
    await user.type(within(dialog).getByLabelText('Reason'), ' Mistake ');
    await user.click(within(dialog).getByRole('button', { name: 'Void' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(calls).toEqual([
      { method: 'POST', path: `/api/v1/admin/invoices/${idOf(1)}/void`, body: { reason: 'Mistake' } },
    ]);
    expect(row(/ACME-1/).getByText('Void')).toBeTruthy();
    expect(row(/ACME-1/).getByText('$49.00 credited')).toBeTruthy();
    expect([tab(/^Sent/).textContent, tab(/^Void/).textContent]).toEqual(['Sent2', 'Void1']);
  });

  it('are credited by an amount; what was wrong with it is told at its field, and the window stays', async () => {
    const message = 'expected at most 49.00, which is left of the invoice, received 50.00';
    const calls = answerInTurn(
      { status: 400, body: { detail: `amount: ${message}`, errors: [{ field: 'amount', message }] } },
      { status: 201, body: note({ amount: '9.00', amount_minor: 900, voids: false }) },
    );
    show(listOf([invoice(1)]));
    const user = await choose(/ACME-1/, 'Credit an amount');
    const amount = await screen.findByLabelText('Amount in USD, taxes included');
    await user.type(amount, '50.00');
    await user.type(screen.getByLabelText('Reason'), 'Outage');
    await user.click(screen.getByRole('button', { name: 'Credit an amount' }));
    expect(await screen.findByText(message)).toBeTruthy();
    await user.clear(amount);
    await user.type(amount, '9.00');
    await user.click(screen.getByRole('button', { name: 'Credit an amount' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(calls.at(-1)).toMatchObject({ body: { amount: '9.00', reason: 'Outage' } });
    expect(row(/ACME-1/).getByText('Sent')).toBeTruthy();
    expect(row(/ACME-1/).getByText('$9.00 credited')).toBeTruthy();
  });

  it('are tried again, and say what still stands in the way', async () => {
    const draft = invoice(1, { status: 'draft', number: null });
    answerInTurn({ status: 200, body: { ...draft, attention: 'Its address cannot be printed.' } });
    show(listOf([draft]));
    const user = await choose(/^Draft/, 'Finalize now');
    await user.click(await screen.findByRole('button', { name: 'Finalize now' }));
    expect(await screen.findByText('Its address cannot be printed.')).toBeTruthy();
  });

  it('come page by page, and say so where there is none', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn({ status: 200, body: listOf([invoice(2)]) });
    const { unmount } = show(listOf([invoice(1)], 'NEXT'), { status: 'sent' });
    await user.click(screen.getByRole('button', { name: 'Show earlier invoices' }));
    expect(await screen.findByRole('link', { name: 'ACME-2' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Show earlier invoices' })).toBeNull();
    expect(calls[0]?.path).toBe('/api/v1/admin/invoices?status=sent&cursor=NEXT');
    unmount();
    show(listOf([]), { status: 'payment_failed' });
    expect(screen.getByText('No invoice is in the state “Payment failed”.')).toBeTruthy();
  });
});

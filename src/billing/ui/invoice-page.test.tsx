import { render, screen, within } from '@testing-library/react';
import { type InvoiceCreditNote, type InvoiceLineView, type InvoiceView } from '@/billing/contracts';
import { InvoicePage } from './invoice-page';

const ID = '0190f3a0-0000-7000-8000-000000000101';
const LINE_ID = '0190f3a0-0000-7000-8000-000000000201';
const FROM = '2026-10-02T00:00:00.000000Z';
const TO = '2026-11-02T00:00:00.000000Z';
const DIGEST = 'ab'.repeat(32);

const line = (over: Partial<InvoiceLineView> = {}): InvoiceLineView => ({
  ...{ id: LINE_ID, position: 1, kind: 'usage', description: 'API calls on Pro: 1,500 calls, 1,000 included' },
  ...{ from: FROM, to: TO, period_start: FROM, plan: null, metric: 'api_calls', unit: 'call', aggregation: 'sum' },
  ...{ quantity: '1500', quantity_before: '0', included: '1000', overage_limit: null, days: 31, of_days: 31 },
  price: { model: 'package', package_size: '200', package_price: '0.015' },
  base_waived: false,
  parts: [
    { kind: 'included', quantity: '1000', unit_price: null, flat_amount: '0', amount: '0' },
    { kind: 'packages', quantity: '500', unit_price: '0.015', flat_amount: '0', amount: '0.045' },
  ],
  ...{ billed: null, billed_minor: null, exact_amount: '0.045', amount: '0.05', amount_minor: 5 },
  ...{ tax: '0.00', tax_minor: 0 },
  evidence: { events: 1_500, stored_through: '2026-11-02T01:00:00.000000Z', opening: null, digest_sha256: DIGEST },
  ...over,
});
const invoice = (over: Partial<InvoiceView> = {}): InvoiceView => ({
  ...{ id: ID, number: 'ABCD1234-0001', status: 'sent', collection: 'manual', currency: 'USD' },
  ...{ period_start: FROM, period_end: TO, subtotal: '0.05', subtotal_minor: 5, tax: '0.00', tax_minor: 0 },
  ...{ total: '0.05', total_minor: 5, credited: '0.00', credited_minor: 0, payment_url: null },
  ...{ finalized_at: '2026-11-02T02:00:00Z', due_at: '2026-11-16T02:00:00Z', sent_at: '2026-11-02T03:00:00Z' },
  ...{ paid_at: null, failed_at: null, voided_at: null },
  seller: { name: 'Tollgate', lines: [], tax_id: null, email: null },
  bill_to: { name: 'Acme GmbH', lines: ['Hauptstr. 1'], tax_id: 'DE1', email: 'books@acme.example' },
  lines: [line()],
  ...over,
});
const show = (over: Partial<InvoiceView> = {}, creditNotes: InvoiceCreditNote[] = []) =>
  render(<InvoicePage invoice={invoice(over)} creditNotes={creditNotes} now="2026-11-05T00:00:00Z" />);
const card = (name: string) => within(screen.getByRole('heading', { name }).closest('section')!);

describe('the page of an invoice', () => {
  it('says how the amount of a line comes about, and how it was rounded', () => {
    show();
    const rows = within(screen.getByRole('table', { name: 'How the amount of line 1 comes about' })).getAllByRole(
      'row',
    );
    expect(rows.map(({ textContent }) => textContent)).toEqual([
      'Included1,000 at no charge$0',
      'Packages3 packages of 200 × $0.015$0.045',
    ]);
    expect(screen.getByText('Rounded once, half up: $0.05.')).toBeTruthy();
  });

  it('says of a correction what is due in all and what was billed before', () => {
    show({ lines: [line({ kind: 'adjustment', billed: '0.02', billed_minor: 2, amount: '0.03' })] });
    expect(screen.getByText('$0.045 is due in all, and $0.02 was billed before: $0.03.')).toBeTruthy();
  });

  it('gives the evidence of a line: how many events, up to when, their digest, and the files', () => {
    show();
    const evidence = within(screen.getByRole('region', { name: 'Evidence of line 1' }));
    expect(evidence.getByText(/It rests on 1,500 events.*stored by Nov 2, 2026, 01:00:00 UTC/)).toBeTruthy();
    expect(evidence.getByText(DIGEST)).toBeTruthy();
    expect(evidence.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual(
      ['csv', 'ndjson'].map((format) => `/api/v1/invoices/${ID}/lines/${LINE_ID}/events?format=${format}`),
    );
    expect(screen.getByText('npm run verify-invoice invoice.json ABCD1234-0001-line-*.csv')).toBeTruthy();
  });

  it('tells what happened to it, and what is to happen, in order', () => {
    show();
    expect(
      card('History')
        .getAllByRole('listitem')
        .map(({ textContent }) => textContent),
    ).toEqual(['Period endedNov 2, 2026', 'IssuedNov 2, 2026', 'SentNov 2, 2026', 'DueNov 16, 2026']);
  });

  it('is paid by its link while it is open, and after credit notes for what is left', () => {
    const over = { ...{ total: '5.00', total_minor: 500, credited: '2.00', credited_minor: 200 } };
    show({
      ...over,
      status: 'payment_failed',
      failed_at: '2026-11-03T00:00:00Z',
      payment_url: 'https://pay.example/i',
    });
    expect(screen.getByRole('link', { name: 'Pay $3.00' }).getAttribute('href')).toBe('https://pay.example/i');
    expect(screen.getByText('The payment failed on Nov 3, 2026.')).toBeTruthy();
    expect(card('Lines').getByText('Credited').nextSibling?.textContent).toBe('−$2.00');
  });

  it.each(['paid', 'void'] as const)('asks for no payment once it is %s', (status) => {
    show({ status, payment_url: 'https://pay.example/i', paid_at: '2026-11-03T00:00:00Z' });
    expect(screen.queryByRole('link', { name: /^Pay/ })).toBeNull();
    expect(card('Lines').getByText('Amount due').nextSibling?.textContent).toBe('$0.00');
  });

  it('shows whom it is addressed to, and a draft as one', () => {
    show({ status: 'draft', number: null, seller: null, finalized_at: null, sent_at: null, due_at: null });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Draft of an invoice for Oct 2 – Nov 1, 2026');
    const parties = card('Parties');
    expect(parties.getByText('Acme GmbH')).toBeTruthy();
    expect(parties.getByText('Tax ID DE1')).toBeTruthy();
    expect(parties.getByText('Not issued yet')).toBeTruthy();
  });

  it('lists what was taken off it: which credit note, when, why, how far it is, and how much', () => {
    const note = (n: number, over: Partial<InvoiceCreditNote> = {}): InvoiceCreditNote => ({
      ...{
        id: `${ID.slice(0, -1)}${n}`,
        number: `ABCD1234-CN-000${n}`,
        currency: 'USD',
        voids: false,
        state: 'issued',
      },
      ...{ amount: '2.00', amount_minor: 200, reason: 'Outage on Oct 3', created_at: '2026-11-04T10:00:00.000Z' },
      ...over,
    });
    show({}, [
      note(1),
      note(2, { state: 'on_its_way' }),
      note(3, { voids: true, reason: 'Billed to the wrong company' }),
    ]);
    const notes = within(screen.getByRole('list', { name: 'Credit notes' })).getAllByRole('listitem');
    expect(notes.map(({ textContent }) => textContent)).toEqual([
      'ABCD1234-CN-0001 IssuedOutage on Oct 3Nov 4, 2026−$2.00',
      'ABCD1234-CN-0002 On its wayOutage on Oct 3Nov 4, 2026−$2.00',
      'ABCD1234-CN-0003 Voids the invoiceBilled to the wrong companyNov 4, 2026−$2.00',
    ]);
  });

  it('has no list of credit notes where there is none', () => {
    show();
    expect(screen.queryByRole('heading', { name: 'Credit notes' })).toBeNull();
  });

  it('says to platform admins whose it is, and leaves its files and its payment to them', () => {
    const open = invoice({ payment_url: 'https://pay.example/i' });
    render(
      <InvoicePage invoice={open} creditNotes={[]} now="2026-11-05T00:00:00Z" isOwn={false} organizationName="Acme" />,
    );
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(
      'Invoice ABCD1234-0001 to Acme for Oct 2 – Nov 1, 2026',
    );
    expect(screen.queryByRole('link', { name: /PDF|Pay|CSV/ })).toBeNull();
  });
});

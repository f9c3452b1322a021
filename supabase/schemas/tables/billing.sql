-- Billing: who is billed, and the invoices of periods that are over.
--
-- Periods are billed in order, one invoice each at most. What an invoice says is written while it is a draft and never again:
-- a correction is a credit note or a line of a later invoice. Order of locks: an account's row stands before usage_ledgers.

create table public.billing_accounts (
  organization_id uuid primary key references public.organizations on delete cascade,
  -- Whom invoices are addressed to; the organization's name and its owners' addresses where nothing is said.
  legal_name text check (char_length(legal_name) between 1 and 200),
  email text check (char_length(email) between 3 and 320),
  address jsonb not null default '{}' check (jsonb_typeof(address) = 'object'),
  tax_id text check (char_length(tax_id) between 1 and 50),
  -- Of the first invoice; all later ones have the same. Null until then.
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- Periods that ended by then are billed. Begins with the period of the sign-up: usage from before it is never billed.
  billed_through timestamptz not null,
  -- The end of the first period that is not.
  next_due_at timestamptz not null check (next_due_at > billed_through),
  -- Late events that were stored by then are billed.
  revised_through timestamptz not null default '-infinity',
  -- What invoices left for the next one: owed by the customer, or to them where negative. In minor units.
  carried_minor bigint not null default 0,
  -- Begins every number of an invoice or credit note.
  number_prefix text not null unique check (number_prefix ~ '^[0-9A-Z]{8}$'),
  last_invoice_number integer not null default 0,
  last_credit_note_number integer not null default 0,
  -- Since when a payment is outstanding that failed, and since when the organization has the free plan's limits for it.
  failing_since timestamptz,
  restricted_at timestamptz,
  restricted_from uuid references public.plan_versions,
  check ((restricted_at is null) = (restricted_from is null)),
  -- Billing that failed is tried again.
  attempts integer not null default 0,
  retry_at timestamptz not null default '-infinity',
  last_error text
);
create index billing_accounts_due on public.billing_accounts (next_due_at, organization_id);
create index billing_accounts_failing on public.billing_accounts (failing_since) where failing_since is not null;

-- What late events made of a closed period, per phase; the latest one up to a cutoff holds, and the snapshot before the first.
create table public.quota_phase_revisions (
  organization_id uuid not null,
  metric text not null,
  period_start timestamptz not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  plan_version_id uuid not null references public.plan_versions,
  -- The cutoff: everything stored by then is in it.
  stored_through timestamptz not null,
  quantity numeric not null,
  events bigint not null,
  -- As it was when the period was closed; null is unlimited.
  included numeric,
  primary key (organization_id, period_start, metric, starts_at, stored_through)
);

create table public.invoices (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations,
  kind text not null check (kind in ('period')),
  period_start timestamptz not null,
  period_end timestamptz not null check (period_end > period_start),
  status text not null default 'draft' check (status in ('draft', 'finalized', 'sent', 'paid', 'payment_failed', 'void')),
  -- How it is paid: by an invoice of its own at Stripe, with the next invoice of a Stripe subscription, or outside of Stripe.
  collection text not null check (collection in ('stripe_invoice', 'stripe_subscription', 'manual')),
  -- The number without its prefix, from 1 on without gaps; given when it is finalized.
  sequence integer,
  number text unique,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Seller and customer as they were when it was finalized.
  seller jsonb,
  bill_to jsonb,
  subtotal_minor bigint not null check (subtotal_minor >= 0),
  tax_minor bigint not null default 0 check (tax_minor >= 0),
  total_minor bigint not null check (total_minor = subtotal_minor + tax_minor),
  credited_minor bigint not null default 0 check (credited_minor between 0 and total_minor),
  drafted_at timestamptz not null,
  finalized_at timestamptz,
  due_at timestamptz,
  sent_at timestamptz,
  paid_at timestamptz,
  failed_at timestamptz,
  voided_at timestamptz,
  -- Why it stays a draft or is not handed over, for admins.
  attention text,
  stripe_invoice_id text,
  -- Where the customer can pay it.
  payment_url text,
  unique (organization_id, period_start, kind),
  unique (organization_id, sequence),
  check ((status = 'draft') = (number is null) and (number is null) = (sequence is null) and (number is null) = (finalized_at is null)),
  check ((status = 'paid') <= (paid_at is not null) and (status = 'void') <= (voided_at is not null))
);
create index invoices_organization on public.invoices (organization_id, period_start desc);
create index invoices_status on public.invoices (status, period_end);
create index invoices_stripe on public.invoices (stripe_invoice_id) where stripe_invoice_id is not null;

create table public.invoice_lines (
  id uuid primary key default gen_random_uuid(),
  invoice_id uuid not null references public.invoices,
  organization_id uuid not null,
  position integer not null check (position > 0),
  -- plan: its fee; usage: of a metric under one plan version; adjustment: what late events changed of a period billed before;
  -- carried: from an earlier invoice, or to the next.
  kind text not null check (kind in ('plan', 'usage', 'adjustment', 'carried')),
  description text not null check (char_length(description) between 1 and 500),
  -- What it is about, half-open: a phase of the period, of an adjustment a phase of an earlier one.
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- Of which period: an adjustment's is earlier than the invoice's.
  period_start timestamptz not null,
  plan_version_id uuid references public.plan_versions,
  metric text references public.metrics,
  unit text,
  quantity numeric check (quantity >= 0),
  -- Units that earlier phases of the period used: they count against the included ones.
  quantity_before numeric check (quantity_before >= 0),
  included numeric,
  overage_limit numeric,
  -- As the plan version has it.
  price jsonb,
  -- The fee, or a gauge, is charged for so many days of so many.
  days integer,
  of_days integer,
  -- How the amount comes about: rated parts.
  parts jsonb not null default '[]',
  -- Of an adjustment: what earlier invoices charged for it, in minor units. Its amount is what is due in all minus this.
  billed_minor bigint,
  -- Exact, in major units; rounded once, half up, to minor units.
  exact_amount numeric not null,
  amount_minor bigint not null,
  tax_minor bigint not null default 0,
  -- The cutoff on stored_at, how many events there are up to it, and SHA-256 over them; of usage and adjustments.
  stored_through timestamptz,
  events bigint,
  digest_sha256 text check (digest_sha256 ~ '^[0-9a-f]{64}$'),
  -- Of a gauge the level that it began with, and when that was reported; null where nothing was.
  opening_at timestamptz check (opening_at < from_at),
  opening_level numeric,
  unique (invoice_id, position),
  check ((kind in ('usage', 'adjustment')) = (metric is not null) and (metric is null) = (stored_through is null)),
  check ((opening_at is null) = (opening_level is null))
);
create index invoice_lines_period on public.invoice_lines (organization_id, period_start, metric) where metric is not null;

create table public.credit_notes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations,
  invoice_id uuid not null references public.invoices,
  sequence integer not null,
  number text not null unique,
  amount_minor bigint not null check (amount_minor > 0),
  reason text not null check (char_length(reason) between 1 and 500),
  -- Whether the whole invoice was voided by it.
  voids boolean not null,
  created_by text not null,
  created_at timestamptz not null,
  stripe_credit_note_id text,
  unique (organization_id, sequence)
);
create index credit_notes_invoice on public.credit_notes (invoice_id);

create table public.credit_note_lines (
  credit_note_id uuid not null references public.credit_notes,
  invoice_line_id uuid not null references public.invoice_lines,
  organization_id uuid not null,
  amount_minor bigint not null,
  primary key (credit_note_id, invoice_line_id)
);

create trigger guard_invoice before update or delete on public.invoices
  for each row execute function public.guard_invoice();
create trigger guard_invoice_line before insert or update or delete on public.invoice_lines
  for each row execute function public.guard_invoice_line();
create trigger only_added_to before update of organization_id, invoice_id, sequence, number, amount_minor, reason, voids, created_by, created_at or delete
  on public.credit_notes for each row execute function public.refuse_change();
create trigger only_added_to before update or delete on public.credit_note_lines
  for each row execute function public.refuse_change();

alter table public.billing_accounts enable row level security;
alter table public.quota_phase_revisions enable row level security;
alter table public.invoices enable row level security;
alter table public.invoice_lines enable row level security;
alter table public.credit_notes enable row level security;
alter table public.credit_note_lines enable row level security;
revoke all on public.billing_accounts, public.quota_phase_revisions, public.invoices, public.invoice_lines, public.credit_notes,
  public.credit_note_lines from anon, authenticated;

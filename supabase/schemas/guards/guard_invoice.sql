-- What an invoice says is written while it is a draft. Afterwards only its state moves, forward, and taxes are added once, when
-- it is handed over.
create function public.guard_invoice() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'DELETE' then raise exception 'invoices are only added to' using errcode = 'TG002'; end if;
  if old.status <> 'draft' and row(
    old.id, old.organization_id, old.kind, old.period_start, old.period_end, old.collection, old.sequence, old.number, old.currency, old.seller, old.bill_to,
    old.subtotal_minor, old.drafted_at, old.finalized_at, old.due_at
  ) is distinct from row(
    new.id, new.organization_id, new.kind, new.period_start, new.period_end, new.collection, new.sequence, new.number, new.currency, new.seller, new.bill_to,
    new.subtotal_minor, new.drafted_at, new.finalized_at, new.due_at
  ) then raise exception 'invoice % was issued: a correction is a credit note', old.number using errcode = 'TG002'; end if;
  if old.status not in ('draft', 'finalized') and old.tax_minor <> new.tax_minor then
    raise exception 'invoice % was handed over with its taxes', old.number using errcode = 'TG002';
  end if;
  if new.credited_minor < old.credited_minor then
    raise exception 'credit notes of invoice % are not taken back', old.number using errcode = 'TG002';
  end if;
  if old.status <> new.status and not (new.status = any (case old.status
    when 'draft' then '{finalized}'::text[]
    when 'finalized' then '{sent,paid,payment_failed,void}'
    when 'sent' then '{paid,payment_failed,void}'
    when 'payment_failed' then '{paid,void}'
    else '{}'
  end)) then raise exception 'invoice % is %: it cannot become %', coalesce(old.number, old.id::text), old.status, new.status using errcode = 'TG008'; end if;
  return new;
end $$;

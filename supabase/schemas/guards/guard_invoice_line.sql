-- Lines change while their invoice is a draft; of an issued one taxes are added when it is handed over.
create function public.guard_invoice_line() returns trigger language plpgsql set search_path = public as $$
declare
  v_status text := (select i.status from invoices i where i.id = case tg_op when 'DELETE' then old.invoice_id else new.invoice_id end);
begin
  if tg_op = 'UPDATE' and v_status = 'finalized' and to_jsonb(old) - 'tax_minor' = to_jsonb(new) - 'tax_minor' then return new; end if;
  if v_status <> 'draft' then raise exception 'lines of an issued invoice are not changed' using errcode = 'TG002'; end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;

-- The one row there is.
insert into public.billing_lease default values;

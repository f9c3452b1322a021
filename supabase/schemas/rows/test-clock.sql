-- The one row there is.
insert into public.test_clock default values;

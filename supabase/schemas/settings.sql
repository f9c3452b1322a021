-- What holds for all files of this folder. They are read in the order of config.toml: functions that tables name (guards),
-- tables with their indexes, triggers and policies, all other functions, and the rows that ship.
--
-- Tenancy, in each of them: each table has row-level security on and nothing is granted to anon.
-- The application connects as the tables' owner and names the organization in every query; the policies guard
-- the other door, Supabase's REST interface, where a signed-in person reads only what their organizations own.

-- A guard comes before the tables it asks, and functions call each other in any order. A test compiles all of them.
set check_function_bodies = off;

alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
grant usage on schema public to authenticated;

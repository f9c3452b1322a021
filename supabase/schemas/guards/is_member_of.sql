-- Runs as its owner, so that the policies of other tables can ask it without reading memberships themselves.
create function public.is_member_of(p_organization_id uuid) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (select from organization_members where organization_id = p_organization_id and user_id = auth.uid());
$$;
grant execute on function public.is_member_of(uuid) to authenticated;

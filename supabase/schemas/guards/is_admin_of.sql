-- The same for owners and admins of the organization.
create function public.is_admin_of(p_organization_id uuid) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (
    select from organization_members
    where organization_id = p_organization_id and user_id = auth.uid() and role in ('owner', 'admin')
  );
$$;
grant execute on function public.is_admin_of(uuid) to authenticated;

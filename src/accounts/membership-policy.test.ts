import { ROLES, type Role } from './contracts';
import { mayChangeRole, mayInvite, mayManageOrganization, mayRemove } from './membership-policy';

const pairs = ROLES.flatMap((a) => ROLES.map((b) => [a, b] as const));

describe('what a role may do to others', () => {
  it('lets nobody below owner touch an owner or make one', () => {
    const below: Role[] = ['admin', 'member'];
    for (const actor of below) {
      expect(mayInvite(actor, 'owner')).toBe(false);
      expect(mayRemove(actor, 'owner', false)).toBe(false);
      for (const other of ROLES) {
        expect(mayChangeRole(actor, 'owner', other)).toBe(false);
        expect(mayChangeRole(actor, other, 'owner')).toBe(false);
      }
    }
  });

  it('lets owners do everything', () => {
    for (const [present, next] of pairs) {
      expect(mayChangeRole('owner', present, next)).toBe(true);
      expect(mayInvite('owner', present)).toBe(true);
      expect(mayRemove('owner', present, false)).toBe(true);
    }
  });

  it('lets members change nothing', () => {
    for (const [present, next] of pairs) {
      expect(mayChangeRole('member', present, next)).toBe(false);
      expect(mayInvite('member', present)).toBe(false);
      expect(mayRemove('member', present, false)).toBe(false);
    }
    expect(mayManageOrganization('member')).toBe(false);
  });

  it('lets admins manage admins and members', () => {
    expect(mayChangeRole('admin', 'member', 'admin')).toBe(true);
    expect(mayChangeRole('admin', 'admin', 'member')).toBe(true);
    expect(mayInvite('admin', 'admin')).toBe(true);
    expect(mayRemove('admin', 'admin', false)).toBe(true);
    expect(mayManageOrganization('admin')).toBe(true);
  });

  it('lets everyone leave', () => {
    for (const role of ROLES) expect(mayRemove(role, role, true)).toBe(true);
  });
});

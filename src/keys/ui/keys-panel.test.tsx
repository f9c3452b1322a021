import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ApiKeyView } from '@/keys/contracts';
import { answerInTurn } from '@/testing/answer-in-turn';
import { KeysPanel } from './keys-panel';

const SECRET = 'tg_live_0123456789abcdefghijABCDEFGHIJ123456';
const key = (over: Partial<ApiKeyView> = {}): ApiKeyView => ({
  id: '0190f3a0-0000-7000-8000-000000000001',
  name: 'production server',
  prefix: 'tg_live_0123',
  last_four: '3456',
  livemode: true,
  scopes: ['*'],
  allowed_ips: [],
  created_by: null,
  created_at: '2026-11-22T10:00:00.000Z',
  expires_at: null,
  revoked_at: null,
  rotated_from: null,
  requests_per_minute: null,
  last_used_at: null,
  status: 'active',
  ...over,
});

const REASON = 'The plan Free allows 2 API keys in force, and there are as many. The plan Starter allows more.';
const show = (keys: ApiKeyView[], nextCursor: string | null = null, limit: number | null = null) =>
  render(
    <KeysPanel
      initial={{ data: keys, next_cursor: nextCursor }}
      allowance={{ limit, held: keys.filter(({ status }) => status === 'active').length, reason: REASON }}
      apiUrl="https://usage.example.com"
    />,
  );

const openMenu = async (user: ReturnType<typeof userEvent.setup>, item: RegExp) => {
  await user.click(screen.getByRole('button', { name: 'Actions for production server' }));
  await user.click(await screen.findByRole('menuitem', { name: item }));
};

describe('the keys page', () => {
  it('shows a new secret exactly once, lets it be copied, and forgets it when the dialog is closed', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn({ status: 201, body: { ...key(), secret: SECRET } });
    show([]);
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await user.type(screen.getByLabelText('Name'), 'production server');
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Create key' }));

    expect(await screen.findByText(SECRET)).toBeTruthy();
    expect(calls).toEqual([
      {
        method: 'POST',
        path: '/api/v1/keys',
        body: {
          name: 'production server',
          livemode: true,
          scopes: ['usage:read'],
          allowed_ips: [],
          expires_at: null,
          requests_per_minute: null,
        },
      },
    ]);
    await user.click(screen.getByRole('button', { name: 'Copy key' }));
    expect(await navigator.clipboard.readText()).toBe(SECRET);
    expect(screen.getByText('Copied key')).toBeTruthy();

    await user.click(screen.getByRole('button', { name: 'I have stored it' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(document.body.innerHTML).not.toContain(SECRET);
    expect(screen.getByText('production server')).toBeTruthy();
  });

  it('gives a key a rate limit of its own, and refuses what is no number before anything is sent', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn({ status: 201, body: { ...key({ requests_per_minute: 1_200 }), secret: SECRET } });
    show([]);
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    const dialog = within(screen.getByRole('dialog'));
    await user.type(dialog.getByLabelText('Name'), 'batch jobs');
    const limit = dialog.getByLabelText('Requests a minute');
    await user.type(limit, 'plenty');
    await user.click(dialog.getByRole('button', { name: 'Create key' }));
    expect(await dialog.findByText('A whole number is expected, e.g. 600.')).toBeTruthy();
    expect(calls).toEqual([]);
    await user.clear(limit);
    await user.type(limit, '1,200{Enter}');
    await screen.findByText(SECRET);
    expect(calls[0]?.body).toMatchObject({ requests_per_minute: 1_200 });
    await user.click(screen.getByRole('button', { name: 'I have stored it' }));
    expect(screen.getByTitle('At most 1,200 requests a minute')).toBeTruthy();
  });

  it('does not lose the secret to a stray Escape', async () => {
    const user = userEvent.setup();
    answerInTurn({ status: 201, body: { ...key(), secret: SECRET } });
    show([]);
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await user.type(screen.getByLabelText('Name'), 'production server{Enter}');
    await screen.findByText(SECRET);
    await user.keyboard('{Escape}');
    expect(screen.getByText(SECRET)).toBeTruthy();
  });

  it('asks before revoking and calls the API once on a double click', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn({ status: 204 }, { status: 204 });
    show([key()]);
    await openMenu(user, /Revoke/);
    expect(calls).toEqual([]);
    const dialog = await screen.findByRole('alertdialog', { name: 'Revoke this key?' });
    expect(document.activeElement?.textContent).toBe('Cancel');
    await user.dblClick(within(dialog).getByRole('button', { name: 'Revoke key' }));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(calls).toEqual([{ method: 'DELETE', path: `/api/v1/keys/${key().id}`, body: undefined }]);
    expect(screen.getByText('revoked')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Actions for production server' })).toBeNull();
  });

  it('keeps the question open and says why when revoking fails', async () => {
    const user = userEvent.setup();
    answerInTurn({ status: 403, body: { detail: 'Only owners and admins revoke keys.', code: 'forbidden' } });
    show([key()]);
    await openMenu(user, /Revoke/);
    await user.click(await screen.findByRole('button', { name: 'Revoke key' }));
    expect((await screen.findByRole('alert')).textContent).toBe('Only owners and admins revoke keys.');
    expect(screen.getByText('active')).toBeTruthy();
  });

  it('shows the errors of a refused key beside their fields, announces them, and moves the focus there', async () => {
    const user = userEvent.setup();
    answerInTurn({
      status: 422,
      body: {
        detail: 'Two fields are not valid.',
        code: 'invalid_request',
        errors: [
          { field: 'name', message: 'a name is needed' },
          { field: 'allowed_ips.0', message: 'not an address' },
        ],
      },
    });
    show([]);
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Create key' }));
    expect((await screen.findByRole('alert')).textContent).toBe('Please correct what is marked below.');
    const name = screen.getByLabelText('Name');
    const described = (field: HTMLElement) =>
      (field.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent)
        .join(' ');
    expect(described(name)).toBe('a name is needed');
    expect(described(screen.getByLabelText('Allowed addresses'))).toContain('not an address');
    expect(document.activeElement).toBe(name);
  });

  it('rotates with the chosen overlap and shows the new secret while the old key keeps its place', async () => {
    const user = userEvent.setup();
    const fresh = { ...key({ id: '0190f3a0-0000-7000-8000-000000000002', last_four: '9999' }), secret: SECRET };
    const calls = answerInTurn({ status: 201, body: fresh });
    show([key()]);
    await openMenu(user, /Rotate/);
    await user.selectOptions(screen.getByLabelText('The old key goes on working for'), '1 hour');
    await user.click(screen.getByRole('button', { name: 'Rotate key' }));
    await screen.findByText(SECRET);
    expect(calls[0]).toMatchObject({ path: `/api/v1/keys/${key().id}/rotate`, body: { overlap_seconds: 3600 } });
    await user.click(screen.getByRole('button', { name: 'I have stored it' }));
    await waitFor(() => expect(screen.getAllByText('active')).toHaveLength(2));
  });

  it('loads the next page of keys without repeating one', async () => {
    const user = userEvent.setup();
    const older = key({ id: '0190f3a0-0000-7000-8000-000000000003', name: 'an older key' });
    const calls = answerInTurn({ status: 200, body: { data: [key(), older], next_cursor: null } });
    show([key()], 'a/b');
    await user.click(screen.getByRole('button', { name: 'Show more keys' }));
    expect(await screen.findByText('an older key')).toBeTruthy();
    expect(screen.getAllByText('production server')).toHaveLength(1);
    expect(calls[0]?.path).toBe('/api/v1/keys?cursor=a%2Fb');
    expect(screen.queryByRole('button', { name: 'Show more keys' })).toBeNull();
  });

  it('says how many keys there are of those that the plan allows, and why there can be no more, until one has ended', async () => {
    const user = userEvent.setup();
    answerInTurn({ status: 204 });
    const other = key({ id: '0190f3a0-0000-7000-8000-000000000002', name: 'staging' });
    show([key(), other], null, 2);
    expect(screen.getByText(/2 of 2 in force/)).toBeTruthy();
    expect(screen.getByRole('status').textContent).toContain(REASON);
    expect(screen.getByRole('link', { name: 'See plans' }).getAttribute('href')).toBe('/plans');
    expect(screen.getByRole('button', { name: 'Create key' }).hasAttribute('disabled')).toBe(true);
    await openMenu(user, /Revoke/);
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Revoke key' }));
    await waitFor(() => expect(screen.getByText(/1 of 2 in force/)).toBeTruthy());
    expect(screen.getByRole('button', { name: 'Create key' }).hasAttribute('disabled')).toBe(false);
  });

  it('shows the reason and where plans are when the server finds no room', async () => {
    const user = userEvent.setup();
    answerInTurn({
      status: 402,
      body: { code: 'payment_required', detail: REASON, upgrade_url: 'https://usage.example.com/plans' },
    });
    show([]);
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Create key' }));
    expect((await screen.findByRole('alert')).textContent).toContain(REASON);
    expect(screen.getByRole('link', { name: 'See plans' }).getAttribute('href')).toBe('/plans');
  });
});

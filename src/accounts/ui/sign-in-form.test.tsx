import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { FollowLinkForm } from './follow-link-form';
import { RequestResetForm } from './request-reset-form';
import { SignInForm } from './sign-in-form';
import { SignUpForm } from './sign-up-form';

function serve(status: number, answer: unknown): unknown[] {
  const bodies: unknown[] = [];
  globalThis.fetch = async (_input, init) => {
    bodies.push(typeof init?.body === 'string' ? JSON.parse(init.body) : undefined);
    return { ok: status < 400, status, json: async () => answer } as Response;
  };
  return bodies;
}

async function fillIn(button: string) {
  const user = userEvent.setup();
  await user.type(screen.getByLabelText('E-mail'), ' ada@example.com ');
  await user.type(screen.getByLabelText('Password'), ' secret ');
  await user.click(screen.getByRole('button', { name: button }));
}

describe('the sign-in page', () => {
  it('sends the password as it was typed and goes where the server says', async () => {
    const bodies = serve(200, { redirect_to: '/usage' });
    const visited: string[] = [];
    render(<SignInForm navigate={(path) => visited.push(path)} />);
    await fillIn('Sign in');
    await waitFor(() => expect(visited).toEqual(['/usage']));
    expect(bodies).toEqual([{ email: 'ada@example.com', password: ' secret ' }]);
  });

  it('returns to the page that asked for it, but never to another site', async () => {
    serve(200, { redirect_to: '/usage' });
    const visited: string[] = [];
    const { unmount } = render(<SignInForm next="/keys" navigate={(path) => visited.push(path)} />);
    await fillIn('Sign in');
    await waitFor(() => expect(visited).toEqual(['/keys']));
    unmount();
    render(<SignInForm next="//evil.example" navigate={(path) => visited.push(path)} />);
    await fillIn('Sign in');
    await waitFor(() => expect(visited).toEqual(['/keys', '/usage']));
  });

  it('announces a refusal and stays', async () => {
    serve(401, { detail: 'E-mail or password is wrong.', code: 'unauthenticated' });
    const visited: string[] = [];
    render(<SignInForm navigate={(path) => visited.push(path)} />);
    await fillIn('Sign in');
    expect((await screen.findByRole('alert')).textContent).toBe('E-mail or password is wrong.');
    expect(visited).toEqual([]);
  });

  it('tells a lost connection from a refusal', async () => {
    globalThis.fetch = async () => {
      throw new TypeError('Failed to fetch');
    };
    render(<SignInForm />);
    await fillIn('Sign in');
    expect((await screen.findByRole('alert')).textContent).toMatch(/could not be reached/);
  });
});

describe('the sign-up page', () => {
  it('shows what is wrong with the password beside the password and moves the focus there', async () => {
    serve(422, {
      detail: 'The request is not valid.',
      errors: [{ field: 'password', message: 'at least 10 characters' }],
    });
    render(<SignUpForm byMail={false} />);
    await fillIn('Create account');
    const error = await screen.findByText('at least 10 characters');
    const field = screen.getByLabelText('Password');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(field.getAttribute('aria-describedby')?.split(' ')).toContain(error.id);
    await waitFor(() => expect(document.activeElement).toBe(field));
  });
});

describe('the sign-up page, where a mail confirms the address', () => {
  it('asks for the address only, says where to look, and sends the mail again', async () => {
    const bodies = serve(200, { redirect_to: null });
    const user = userEvent.setup();
    render(<SignUpForm byMail />);
    expect(screen.queryByLabelText('Password')).toBeNull();
    await user.type(screen.getByLabelText('E-mail'), 'ada@example.com{Enter}');
    expect((await screen.findByRole('status')).textContent).toContain('ada@example.com');
    await user.click(screen.getByRole('button', { name: 'Send it again' }));
    await waitFor(() => expect(bodies).toEqual([{ email: 'ada@example.com' }, { email: 'ada@example.com' }]));
  });
});

describe('the page of a mailed link', () => {
  const link = { token_hash: 'hash', type: 'signup' };
  const choose = async (name: string) => {
    const user = userEvent.setup();
    await user.type(screen.getByLabelText('New password'), 'correct horse battery');
    await user.click(screen.getByRole('button', { name }));
  };

  it('sends the chosen password with the link', async () => {
    const bodies = serve(200, { redirect_to: '/usage' });
    const visited: string[] = [];
    render(<FollowLinkForm link={link} signedIn={null} navigate={(path) => visited.push(path)} />);
    await choose('Choose password');
    await waitFor(() => expect(visited).toEqual(['/usage']));
    expect(bodies).toEqual([{ ...link, password: 'correct horse battery' }]);
  });

  it('says who is signed in before their session is replaced', async () => {
    const bodies = serve(200, { redirect_to: '/usage' });
    const signedIn = { userId: 'one', email: 'bob@example.com' };
    render(<FollowLinkForm link={link} signedIn={signedIn} navigate={() => undefined} />);
    expect(screen.getByText('bob@example.com')).toBeTruthy();
    await choose('Sign out and choose password');
    await waitFor(() => expect(bodies).toEqual([{ ...link, password: 'correct horse battery', instead_of: 'one' }]));
  });

  it('leads to a new link where this one is refused', async () => {
    serve(409, { detail: 'This link was used already.', code: 'conflict' });
    render(<FollowLinkForm link={link} signedIn={null} />);
    await choose('Choose password');
    expect((await screen.findByRole('alert')).textContent).toBe('This link was used already.');
    expect(screen.getByRole('link', { name: 'Ask for a new link' }).getAttribute('href')).toBe('/reset-password');
  });
});

describe('a refusal about something that the form does not show', () => {
  it('is told in full, since no field can tell it', async () => {
    serve(422, { detail: 'captcha: missing', errors: [{ field: 'captcha', message: 'missing' }] });
    render(<SignUpForm byMail={false} />);
    await fillIn('Create account');
    expect((await screen.findByRole('alert')).textContent).toBe('captcha: missing');
  });
});

describe('the password reset page', () => {
  it.each([true, false])('names the outbox only where mail stays there (%s)', async (stays) => {
    serve(200, {});
    const user = userEvent.setup();
    render(<RequestResetForm mailStaysInOutbox={stays} />);
    await user.type(screen.getByLabelText('E-mail'), 'ada@example.com{Enter}');
    expect((await screen.findByRole('status')).textContent).toContain('ada@example.com');
    expect(screen.queryByText(/outbox/) !== null).toBe(stays);
  });
});

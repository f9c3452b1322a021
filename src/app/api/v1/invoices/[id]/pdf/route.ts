import { z } from 'zod';
import { invoicePdf } from '@/billing';
import { route } from '@/container';
import { assertSeesLiveUsage, idPath } from '@/http';

export const GET = route(
  {
    id: 'getInvoicePdf',
    tag: 'Billing',
    summary: 'An invoice as PDF',
    description:
      'The same file each time for the same invoice. It can be read aloud, and its texts searched and copied.',
    caller: 'key_or_person',
    scope: 'usage:read',
    limit: 'exporting',
    params: idPath,
    answer: { status: 200, says: 'The file.', content: { 'application/pdf': z.string() } },
  },
  async ({ principal, params, services: { invoices, env } }) => {
    assertSeesLiveUsage(principal);
    const drafts = principal.kind === 'user' && principal.isPlatformAdmin;
    const invoice = await invoices.get(principal.organizationId, params.id, { drafts });
    const { file, name } = await invoicePdf(invoice, env.APP_URL);
    return new Response(new Uint8Array(file), {
      headers: { 'content-type': 'application/pdf', 'content-disposition': `attachment; filename="${name}"` },
    });
  },
);

import { createWithApiKey } from '../../../../../src/http/call/with-api-key';
import { type BehaviourName, HANDLERS } from '../../../handlers';
import { world } from '../../../world';

export const dynamic = 'force-dynamic';

const run = createWithApiKey(() => world().services)(async (request, { params }) =>
  HANDLERS[params.behaviour as BehaviourName](request),
);

export { run as GET, run as POST, run as PUT, run as PATCH, run as DELETE };

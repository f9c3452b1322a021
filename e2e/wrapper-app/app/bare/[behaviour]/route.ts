import { type BehaviourName, HANDLERS } from '../../../handlers';

export const dynamic = 'force-dynamic';

async function run(request: Request, { params }: { params: Promise<{ behaviour: string }> }): Promise<Response> {
  return HANDLERS[(await params).behaviour as BehaviourName](request);
}

export { run as GET, run as POST, run as PUT, run as PATCH, run as DELETE };

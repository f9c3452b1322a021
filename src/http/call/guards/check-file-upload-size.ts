import { AppError } from '@/kernel/errors';
import { type PlanVersion } from '@/plans/contracts';
import { watchBody } from '../request-bytes';
import { cheapestPlan, createGuard, entitlementsOf, planDetails, type Guard, type GuardContext } from './guard';

/** The plan's feature that says how large an upload may be, in bytes. */
const FEATURE = 'max_file_upload_bytes';

/** A plan that says nothing of uploads does not limit them. */
const maxBytesOf = ({ features }: PlanVersion): number => {
  const value = features[FEATURE];
  return typeof value === 'number' ? value : Infinity;
};

/**
 * Lets bodies through up to the size the plan allows. What Content-Length declares is refused before a byte is read; a body
 * of undeclared length is counted while the handler reads it, and its reading fails at the first byte too many. (By then the
 * handler runs: such a call is counted, with status 413.)
 * @throws AppError file_too_large; quota_unavailable if the plan cannot be read.
 */
export const checkFileUploadSize = (): Guard =>
  createGuard(async (request, context) => {
    const { plan } = await entitlementsOf(context);
    const maxBytes = maxBytesOf(plan);
    const declared = Number(request.headers.get('content-length') ?? NaN);
    if (declared > maxBytes) throw await tooLarge(context, plan, declared);
    if (declared >= 0 || maxBytes === Infinity) return request;
    let bytes = 0;
    return watchBody(request, async (chunkBytes) => {
      bytes += chunkBytes;
      if (bytes > maxBytes) throw await tooLarge(context, plan, bytes);
    });
  });

/** @param bytes the size, as far as it is known */
async function tooLarge(context: GuardContext, plan: PlanVersion, bytes: number): Promise<AppError> {
  const maxBytes = maxBytesOf(plan);
  const available = await cheapestPlan(context, (candidate) => maxBytesOf(candidate) >= bytes);
  const where = available ? `The plan ${available.planName} takes it.` : 'No plan takes it.';
  return new AppError('file_too_large', `The plan ${plan.planName} takes files of up to ${maxBytes} bytes. ${where}`, {
    details: { max_bytes: maxBytes, ...planDetails(context, plan, available) },
  });
}

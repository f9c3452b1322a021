import { AppError, type FieldIssue } from '@/kernel/errors';
import { addsUp } from '../forecast/usage-days';
import { type CreateAlertRuleInput, RULE_KINDS } from './alert-contracts';

type Asked = Pick<CreateAlertRuleInput, 'kind' | 'metric' | 'api_key_id' | 'threshold'>;

/**
 * What is wrong with a rule that is asked for.
 * @param metrics the catalogue: key to aggregation
 * @param ofInstallation whether it is asked for by a platform admin, for the installation
 */
export function ruleIssues(
  rule: Asked,
  metrics: ReadonlyMap<string, { aggregation: string }>,
  ofInstallation: boolean,
): FieldIssue[] {
  const { kind, metric, api_key_id: keyId, threshold } = rule;
  const is = RULE_KINDS[kind];
  const issues: FieldIssue[] = [];
  const wrong = (field: string, message: string) => issues.push({ field, message });

  if (ofInstallation && !is.ofInstallation)
    wrong('kind', `expected a kind that the installation can watch, received ${kind}`);
  if (!ofInstallation && kind === 'integrity')
    wrong('kind', 'expected a kind that an organization can watch, received integrity');
  const aggregation = metric === null ? undefined : metrics.get(metric)?.aggregation;
  if (metric === null && is.metric === 'needed') wrong('metric', `expected a metric: ${kind} is about one`);
  if (metric !== null && is.metric === 'none')
    wrong('metric', `expected null: ${kind} is about no metric, received ${metric}`);
  else if (metric !== null && aggregation === undefined) wrong('metric', 'there is no metric of this name');
  else if (
    aggregation !== undefined &&
    // Of a level or of distinct values there is no rate, and no share of a key.
    !addsUp(aggregation) &&
    (kind === 'rate' || kind === 'forecast' || keyId !== null)
  )
    wrong('metric', `expected a metric that adds up, received ${metric}, of which the ${aggregation} value counts`);
  if (keyId !== null && (!is.ofKey || ofInstallation))
    wrong('api_key_id', `expected null: ${kind} is not about one key here`);
  if (is.most === null && threshold !== null) wrong('threshold', `expected null: ${kind} has no threshold`);
  if (is.most !== null && threshold === null) wrong('threshold', 'expected a number');
  if (is.most !== null && threshold !== null) issues.push(...thresholdIssues(kind, threshold));
  return issues;
}

/** @param kind not overage, which has none */
export function thresholdIssues(kind: CreateAlertRuleInput['kind'], threshold: number): FieldIssue[] {
  const { most } = RULE_KINDS[kind];
  const wrong = (message: string) => [{ field: 'threshold', message }];
  if (most === null) return wrong(`expected none: ${kind} has no threshold`);
  if (threshold > most) return wrong(`expected at most ${most} for ${kind}, received ${threshold}`);
  if (kind === 'money' && !Number.isInteger(threshold))
    return wrong(`expected whole minor units, received ${threshold}`);
  return [];
}

/** @throws AppError invalid_request naming the fields, if there are any */
export function refuseIssues(issues: FieldIssue[]): void {
  const [first] = issues;
  if (first) throw new AppError('invalid_request', `${first.field}: ${first.message}`, { issues });
}

'use client';

import { type ApiKeyView } from '@/keys/contracts';
import { Button } from '@/ui/button';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { Form, FormProblem } from '@/ui/form';
import { Select } from '@/ui/select';
import { useAction } from '@/ui/use-action';
import { type CreatedApiKey, rotateKey } from './key-api';

const OVERLAPS = [
  { value: '0', label: 'Not at all: it stops now' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '259200', label: '3 days' },
  { value: '604800', label: '7 days' },
];
const A_DAY = '86400';

/** Replaces a key by a new one with the same rights; the old one goes on for as long as is chosen here. */
export function RotateKeyDialog({
  apiKey,
  onClose,
  onRotated,
}: {
  apiKey: ApiKeyView;
  onClose: () => void;
  /** `oldEndsAt`: when the replaced key expires; null when it stopped at once. */
  onRotated: (created: CreatedApiKey, replaced: ApiKeyView, oldEndsAt: string | null) => void;
}) {
  const rotate = useAction(async (overlapSeconds: number) => {
    const created = await rotateKey(apiKey.id, overlapSeconds);
    const end = new Date(Date.parse(created.created_at) + overlapSeconds * 1_000).toISOString();
    const soonest = apiKey.expires_at !== null && apiKey.expires_at < end ? apiKey.expires_at : end;
    onRotated(created, apiKey, overlapSeconds === 0 ? null : soonest);
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Rotate key"
      description={
        <span className="[overflow-wrap:anywhere]">
          A new key with the rights of <strong className="font-medium text-ink">{apiKey.name}</strong> takes its place.
        </span>
      }
    >
      <Form
        className="contents"
        problem={rotate.problem}
        onSubmit={(values) => void rotate.run(Number(values.get('overlap_seconds')))}
      >
        <DialogBody>
          <FormProblem problem={rotate.problem} fields={['overlap_seconds']} />
          <Select
            label="The old key goes on working for"
            name="overlap_seconds"
            defaultValue={A_DAY}
            options={OVERLAPS}
            error={rotate.problem?.fields.overlap_seconds}
            hint="Long enough to bring the new key to every place that uses the old one."
          />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={rotate.pending}>
            Rotate key
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}

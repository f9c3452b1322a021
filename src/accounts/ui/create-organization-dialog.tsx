'use client';

import { Button } from '@/ui/button';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { useAction } from '@/ui/use-action';
import { switchOrganization } from './auth-api';
import { formText } from './form-text';
import { createOrganization } from './organization-api';

/** Founds an organization and goes there. */
export function CreateOrganizationDialog({
  onClose,
  navigate,
}: {
  onClose: () => void;
  navigate: (path: string) => void;
}) {
  const create = useAction(async (name: string) => {
    const { id } = await createOrganization(name);
    navigate(await switchOrganization(id));
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New organization"
      description="It has keys, members and usage of its own. You will be its owner."
    >
      <Form
        className="contents"
        problem={create.problem}
        onSubmit={(values) => void create.run(formText(values, 'name').trim())}
      >
        <DialogBody>
          <FormProblem problem={create.problem} fields={['name']} />
          <TextField
            label="Name"
            name="name"
            maxLength={100}
            autoComplete="organization"
            error={create.problem?.fields.name}
          />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={create.pending}>
            Create organization
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}

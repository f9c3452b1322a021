'use client';

import { useState } from 'react';
import { type OrganizationView } from '@/accounts/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { goTo } from '@/ui/go-to';
import { useAction } from '@/ui/use-action';
import { CreateOrganizationDialog } from './create-organization-dialog';
import { formText } from './form-text';
import { renameOrganization } from './organization-api';

/** The organization's name, its id for the API, and the way to found another one. */
export function OrganizationName({
  organization,
  onRenamed,
  navigate = goTo,
}: {
  organization: OrganizationView;
  onRenamed: () => void;
  navigate?: (path: string) => void;
}) {
  const [creating, setCreating] = useState(false);
  const [saved, setSaved] = useState(false);
  const rename = useAction(async (name: string) => {
    setSaved(false);
    await renameOrganization(organization.id, name);
    setSaved(true);
    onRenamed();
  });
  const mayRename = organization.role !== 'member';
  return (
    <Card
      title="General"
      footer={
        <>
          <span className="min-w-0 [overflow-wrap:anywhere]">
            Id for the API: <code className="font-mono text-ink-2">{organization.id}</code>
          </span>
          <Button size="sm" onClick={() => setCreating(true)}>
            New organization
          </Button>
        </>
      }
    >
      <Form
        problem={rename.problem}
        onSubmit={(values) => void rename.run(formText(values, 'name').trim())}
        className="space-y-3 px-4 pb-4"
      >
        <FormProblem problem={rename.problem} fields={['name']} />
        <div className="flex flex-wrap items-end gap-2">
          <TextField
            label="Name"
            name="name"
            maxLength={100}
            autoComplete="off"
            defaultValue={organization.name}
            readOnly={!mayRename}
            onChange={() => setSaved(false)}
            error={rename.problem?.fields.name}
            className="w-full max-w-sm"
          />
          {mayRename && (
            <Button type="submit" pending={rename.pending}>
              Rename
            </Button>
          )}
          <span role="status" className="self-center text-xs text-good">
            {saved && 'Renamed.'}
          </span>
        </div>
      </Form>
      {creating && <CreateOrganizationDialog onClose={() => setCreating(false)} navigate={navigate} />}
    </Card>
  );
}

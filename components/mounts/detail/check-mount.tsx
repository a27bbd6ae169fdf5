'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { requestOne, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { CheckMount as CheckMountBody, MountOnHostView, MountView } from '@/lib/mounts/schema'
import type { OperationView } from '@/lib/operations/schema'

const SIZES = [
  { value: '16', label: '16 MiB', detail: 'A glance' },
  { value: '256', label: '256 MiB', detail: 'Enough for most' },
  { value: '1024', label: '1 GiB' },
  { value: '8192', label: '8 GiB', detail: 'Past most caches' },
]

/** Asks for the check of a mount on one host, and shows how it goes. */
export function CheckMount({
  mount,
  entry,
  onClose,
}: {
  mount: MountView
  entry: MountOnHostView
  onClose: () => void
}) {
  const router = useRouter()
  const [size, setSize] = useState('256')
  const check = useAction<CheckMountBody, OperationView>({
    run: (body) =>
      requestOne<OperationView>(`/api/v1/storage/mounts/${mount.id}/check`, { method: 'POST', headers: WATCHED, body }),
    topics: ['operation'],
    onSuccess: ({ id }) => router.push(`/operations/${id}`),
  })
  return (
    <Dialog
      open
      size="sm"
      onOpenChange={(open) => !open && onClose()}
      title={`Check ${mount.name} on ${entry.host_name}`}
      description="A file is written into the mount, read back, compared and deleted. That shows how fast the storage is from there, and whether it keeps what it is given."
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button
            variant="primary"
            pending={check.isPending}
            onClick={() => check.mutate({ host_id: entry.host_id, size_mib: Number(size) })}
          >
            Check
          </Button>
        </>
      }
    >
      <Field label="Size of the file" help="As much must be free there, and 64 MiB more.">
        {(control) => <Select {...control} value={size} onChange={setSize} choices={SIZES} />}
      </Field>
    </Dialog>
  )
}

'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { ProblemNote } from '@/components/data/problem-note'
import { mountsOf } from '@/components/data/queries'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/feedback'

/** Says what uses the backend before it can go. The data on the storage itself is never touched. */
export function DeleteBackend({
  backend,
  open,
  onOpenChange,
  onDeleted,
}: {
  backend: { id: string; name: string }
  open: boolean
  onOpenChange: (open: boolean) => void
  onDeleted?: () => void
}) {
  const { data: users } = useQuery({ ...mountsOf({ backend_id: backend.id }), enabled: open })
  const remove = useAction<void, void>({
    run: () => request(`/api/v1/storage/backends/${backend.id}`, { method: 'DELETE' }),
    topics: ['backend'],
    done: () => `Deleted ${backend.name}`,
    quiet: true,
    onSuccess: () => {
      onOpenChange(false)
      onDeleted?.()
    },
  })
  const used = (users?.data.length ?? 0) > 0
  return (
    <AlertDialog
      open={open}
      onOpenChange={onOpenChange}
      title={used ? `${backend.name} is in use` : `Delete ${backend.name}?`}
      description={
        used
          ? 'Delete these mounts first. Their files stay on the storage.'
          : 'Holdfast forgets its settings and its secrets. The files on the storage itself stay.'
      }
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{used ? 'Close' : 'Keep it'}</Button>
          {!used && (
            <Button variant="danger" pending={remove.isPending} disabled={!users} onClick={() => remove.mutate()}>
              Delete backend
            </Button>
          )}
        </>
      }
    >
      {!users && <Skeleton className="mt-3 h-4 w-2/3" />}
      {used && (
        <ul className="mt-3 max-h-56 divide-y divide-line overflow-y-auto rounded-md border border-line text-13">
          {users?.data.map((mount) => (
            <li key={mount.id} className="flex items-center justify-between gap-3 px-3 py-2">
              <Link
                href={`/mounts/${mount.id}`}
                prefetch={false}
                className="truncate font-medium text-accent hover:underline"
              >
                {mount.name}
              </Link>
              <span className="shrink-0 text-12 text-muted">
                {mount.hosts.length === 1 ? (mount.hosts[0]?.host_name ?? '1 host') : `${mount.hosts.length} hosts`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {remove.isError && <ProblemNote error={remove.error} className="mt-3" />}
    </AlertDialog>
  )
}

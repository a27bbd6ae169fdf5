'use client'

import { useRouter } from 'next/navigation'
import { request, requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import type { HostView } from '@/lib/hosts/schema'

/** Revoking comes first, deleting after: a host that still mounts is not forgotten by one click. */
export function RemoveHost({
  host,
  which,
  onClose,
}: {
  host: HostView
  which: 'revoke' | 'delete'
  onClose: () => void
}) {
  const router = useRouter()
  const act = useAction<void, unknown>({
    run: () =>
      which === 'revoke'
        ? requestOne(`/api/v1/hosts/${host.id}/revoke`, { method: 'POST', body: {} })
        : request(`/api/v1/hosts/${host.id}`, { method: 'DELETE' }),
    topics: ['host', 'mount'],
    done: () => (which === 'revoke' ? `Revoked ${host.name}` : `Deleted ${host.name}`),
    onSuccess: () => {
      onClose()
      if (which === 'delete') router.push('/hosts')
    },
  })
  const { wanted } = host.mounts
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={which === 'revoke' ? `Revoke ${host.name}?` : `Delete ${host.name}?`}
      description={
        which === 'revoke'
          ? `Its certificate is refused from now on, within a minute everywhere. ${wanted === 0 ? 'Nothing is mounted there.' : `${wanted} ${wanted === 1 ? 'mount stays' : 'mounts stay'} there as they are, out of reach.`} To bring it back, join it again.`
          : 'It disappears from this list and from all mounts. Its history stays in the audit.'
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={act.isPending} onClick={() => act.mutate()}>
            {which === 'revoke' ? 'Revoke host' : 'Delete host'}
          </Button>
        </>
      }
    />
  )
}

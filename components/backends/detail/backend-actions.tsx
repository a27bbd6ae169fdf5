'use client'

import { Cable, Copy, Database, Ellipsis, FlaskConical, Pencil, Trash2, Waypoints } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useMay } from '@/components/layout/person'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { BackendView } from '@/lib/backends/schema'
import { backendStatus } from '@/lib/backends/words'

const Duplicate = dynamic(() => import('@/components/data/duplicate').then((module) => module.Duplicate), {
  ssr: false,
})
const DeleteBackend = dynamic(
  () => import('@/components/backends/delete-backend').then((module) => module.DeleteBackend),
  { ssr: false },
)

export type BackendDialog = 'duplicate' | 'delete'

/** The open dialog of a backend's page, if any. */
export function BackendDialogs({
  backend,
  dialog,
  onClose,
}: {
  backend: BackendView
  dialog: BackendDialog | null
  onClose: () => void
}) {
  const router = useRouter()
  return (
    <>
      {dialog === 'duplicate' && (
        <Duplicate
          noun="backend"
          name={backend.name}
          url={`/api/v1/storage/backends/${backend.id}`}
          suggestion={`${backend.name} copy`.slice(0, 100)}
          note="With the same settings and secrets. Nothing is mounted."
          onClose={onClose}
          onMade={(made) => router.push(`/backends/${made}`)}
        />
      )}
      {dialog === 'delete' && (
        <DeleteBackend
          backend={backend}
          open
          onOpenChange={(open) => !open && onClose()}
          onDeleted={() => router.push('/backends')}
        />
      )}
    </>
  )
}

/** To use it; of one that is not well, not the main thing to do. */
function UseButton({ backend }: { backend: BackendView }) {
  const variant = backendStatus(backend.status).tone === 'critical' ? 'secondary' : 'primary'
  if (backend.capabilities.includes('mount')) {
    return (
      <ButtonLink href={`/mounts/new?backend=${backend.id}`} icon={Waypoints} variant={variant}>
        Mount it
      </ButtonLink>
    )
  }
  if (!backend.capabilities.includes('connect')) return null
  return (
    <ButtonLink href={`/backends/${backend.id}?tab=connection`} icon={Cable} variant={variant}>
      Connect
    </ButtonLink>
  )
}

/** What can be done with a backend, by those who may. */
export function BackendActions({
  backend,
  testing,
  onOpen,
}: {
  backend: BackendView
  testing: { onTest: () => void; pending: boolean }
  onOpen: (dialog: BackendDialog) => void
}) {
  const canWrite = useMay('backends.write')
  const canTest = useMay('backends.test')
  const canPool = useMay('pools.write')
  return (
    <>
      {canTest && (
        <Button icon={FlaskConical} pending={testing.pending} onClick={testing.onTest}>
          Test
        </Button>
      )}
      {canWrite && (
        <>
          <UseButton backend={backend} />
          <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
            {backend.capabilities.includes('volumes') && canPool && (
              <MenuItem icon={Database} href={`/pools/new?backend=${backend.id}`}>
                New pool
              </MenuItem>
            )}
            <MenuItem icon={Pencil} href={`/backends/${backend.id}/edit`}>
              Edit
            </MenuItem>
            <MenuItem icon={Copy} onSelect={() => onOpen('duplicate')}>
              Duplicate
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger onSelect={() => onOpen('delete')}>
              Delete
            </MenuItem>
          </Menu>
        </>
      )}
    </>
  )
}

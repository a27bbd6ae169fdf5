'use client'

import { Cable, Copy, Ellipsis, FlaskConical, Pencil, Trash2, Waypoints } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import type { BackendView } from '@/lib/backends/schema'

const Duplicate = dynamic(() => import('@/components/data/duplicate').then((module) => module.Duplicate), {
  ssr: false,
})
const DeleteBackend = dynamic(
  () => import('@/components/backends/delete-backend').then((module) => module.DeleteBackend),
  { ssr: false },
)

interface Props {
  backend: BackendView
}

/** Edit, duplicate, delete, with the dialogs of these. */
function More({ backend }: Props) {
  const router = useRouter()
  const [dialog, setDialog] = useState<'duplicate' | 'delete' | null>(null)
  const close = () => setDialog(null)
  return (
    <>
      <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
        <MenuItem icon={Pencil} href={`/backends/${backend.id}/edit`}>
          Edit
        </MenuItem>
        <MenuItem icon={Copy} onSelect={() => setDialog('duplicate')}>
          Duplicate
        </MenuItem>
        <MenuItem icon={Trash2} danger onSelect={() => setDialog('delete')}>
          Delete
        </MenuItem>
      </Menu>
      {dialog === 'duplicate' && (
        <Duplicate
          noun="backend"
          name={backend.name}
          url={`/api/v1/storage/backends/${backend.id}`}
          suggestion={`${backend.name} copy`.slice(0, 100)}
          note="With the same settings and secrets. Nothing is mounted."
          onClose={close}
          onMade={(made) => router.push(`/backends/${made}`)}
        />
      )}
      {dialog === 'delete' && (
        <DeleteBackend
          backend={backend}
          open
          onOpenChange={(open) => !open && close()}
          onDeleted={() => router.push('/backends')}
        />
      )}
    </>
  )
}

/** What can be done with a backend, by those who may. */
export function BackendActions({ backend, onTest, pending }: Props & { onTest: () => void; pending: boolean }) {
  const canWrite = useMay('backends.write')
  const canTest = useMay('backends.test')
  return (
    <>
      {canTest && (
        <Button icon={FlaskConical} pending={pending} onClick={onTest}>
          Test
        </Button>
      )}
      {canWrite && (
        <>
          {backend.capabilities.includes('mount') && (
            <ButtonLink href={`/mounts/new?backend=${backend.id}`} icon={Waypoints} variant="primary">
              Mount it
            </ButtonLink>
          )}
          {backend.capabilities.includes('connect') && (
            <ButtonLink href={`/backends/${backend.id}?tab=connection`} icon={Cable} variant="primary">
              Connect
            </ButtonLink>
          )}
          <More backend={backend} />
        </>
      )}
    </>
  )
}

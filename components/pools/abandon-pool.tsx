'use client'

import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

/** What is forgotten, in sentences. */
export function abandonWords({ name, volume_count, trashed_count, provisioned_bytes }: PoolView): string {
  const count = volume_count + trashed_count
  const volumes = count === 1 ? 'its one volume' : `its ${count} volumes`
  const what = count === 0 ? '' : `, with ${volumes} of ${formatBytes(provisioned_bytes)} and their snapshots`
  return `Holdfast forgets ${name}${what}. What is left of it on the storage is not touched, and nobody looks after it any more. Do this only when the storage never comes back.`
}

/** For a pool whose storage is gone for good: it asks for the name, since nothing brings back what is forgotten. */
export function AbandonPool({ pool, onClose, onGone }: { pool: PoolView; onClose: () => void; onGone: () => void }) {
  const [typed, setTyped] = useState('')
  const abandon = useAction<void, { message?: string }>({
    run: () => request(`/api/v1/storage/pools/${pool.id}/abandon`, { method: 'POST', body: { name: typed.trim() } }),
    topics: ['pool', 'mount', 'volume', 'operation'],
    quiet: true,
    done: ({ message }) => message ?? `Abandoned ${pool.name}`,
    onSuccess: () => {
      onClose()
      onGone()
    },
  })
  const isTyped = typed.trim() === pool.name
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Abandon ${pool.name}?`}
      description={abandonWords(pool)}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={abandon.isPending} disabled={!isTyped} onClick={() => abandon.mutate()}>
            Abandon
          </Button>
        </>
      }
    >
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isTyped) abandon.mutate()
        }}
      >
        <Field
          label={
            <>
              Type <span className="font-mono">{pool.name}</span> to abandon it
            </>
          }
        >
          {(attributes) => <Input {...attributes} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
      </form>
      {abandon.isError && <ProblemNote error={abandon.error} className="mt-3" />}
    </AlertDialog>
  )
}

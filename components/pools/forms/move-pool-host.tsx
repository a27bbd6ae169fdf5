'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { hostList, volumesOf } from '@/components/data/queries'
import { requestOne, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { ProgressDialog } from '@/components/plans/progress-dialog'
import { Note } from '@/components/ui/feedback'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { PoolView } from '@/lib/pools/schema'

/** Of a pool that one host at a time has open: where to, what has to stop first, and what happens then. */
export function MovePoolHost({ pool, onClose }: { pool: PoolView; onClose: () => void }) {
  const { data: hosts } = useQuery(hostList())
  const { data: volumes } = useQuery(volumesOf(pool.id))
  const [hostId, setHostId] = useState('')
  const [isTried, setTried] = useState(false)
  const [holder] = pool.hosts
  const used = volumes?.data.filter(({ is_in_use }) => is_in_use) ?? []
  const others = hosts?.data.filter(({ id, status }) => id !== holder?.host_id && status === 'online') ?? []
  const [operation, setOperation] = useState<string | null>(null)
  const move = useAction<void, { id: string }>({
    run: () =>
      requestOne(`/api/v1/storage/pools/${pool.id}/move-host`, {
        method: 'POST',
        headers: WATCHED,
        body: { host_id: hostId },
      }),
    topics: ['pool', 'volume', 'operation'],
    quiet: true,
    onSuccess: ({ id }) => setOperation(id),
  })
  const refused = move.isError ? problemOf(move.error).fields?.[0]?.message : undefined
  const chosen = others.find(({ id }) => id === hostId)
  if (operation !== null)
    return <ProgressDialog title={`Move ${pool.name}`} ids={[operation]} doing="Moving" onClose={onClose} />
  return (
    <FormDialog
      title={`Move ${pool.name} to another host`}
      submit={{ label: 'Move', pending: move.isPending }}
      onSubmit={() => {
        setTried(true)
        if (hostId !== '' && used.length === 0) move.mutate()
      }}
      onClose={onClose}
    >
      {used.length > 0 && (
        <Note kind="warning" title={`Something on ${holder?.host_name ?? 'its host'} uses it.`}>
          Stop what uses{' '}
          {used.map(({ id, name }, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <Link href={`/volumes/${id}`} prefetch={false} className="font-medium underline">
                {name}
              </Link>
            </span>
          ))}{' '}
          first: the pool is closed there.
        </Note>
      )}
      <Field label="To host" error={isTried && hostId === '' ? 'Choose the host.' : refused}>
        {(attributes) => (
          <Select
            {...attributes}
            value={hostId}
            placeholder={hosts && others.length === 0 ? 'No other host answers' : 'Choose a host'}
            onChange={setHostId}
            choices={others.map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
      </Field>
      <Note title="What happens">
        {holder?.host_name ?? 'Its host'} closes the pool and lets go of the storage. Only when it has said so,{' '}
        {chosen?.name ?? 'the other host'} opens it. If it cannot be closed, it stays where it is.
      </Note>
      {move.isError && refused === undefined && <ProblemNote error={move.error} />}
    </FormDialog>
  )
}

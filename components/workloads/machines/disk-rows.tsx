import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { poolList, volumeList } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { BUS_WORDS } from '@/components/volumes/attach-words'
import { Rows } from '@/components/workloads/containers/draft-rows'
import { attachable } from '@/components/workloads/disks/attachable'
import type { DiskRow } from '@/components/workloads/machines/machine-draft'
import type { DraftPart } from '@/components/workloads/machines/offered-fields'
import { BUSES } from '@/lib/libvirt/disk'
import { formatBytes } from '@/lib/units'

const CreateVolume = dynamic(
  () => import('@/components/volumes/forms/create-volume').then((module) => module.CreateVolume),
  { ssr: false },
)

const BUS_CHOICES = BUSES.map((value) => ({ value, ...BUS_WORDS[value] }))

/** Volumes of pools that are open on its host; a new one is made first, and is then the next disk. */
export function DiskRows({ draft, wrong, change, host }: DraftPart & { host: { id: string; name: string } }) {
  const { data: volumes, error: noVolumes } = useQuery(volumeList())
  const { data: pools, error: noPools } = useQuery(poolList())
  const mayMake = useMay('volumes.write')
  const [isMaking, setMaking] = useState(false)
  const error = noVolumes ?? noPools
  if (error) return <ProblemNote error={error} />
  const found = volumes && pools ? attachable(volumes.data, pools.data, { host, uses: [] }) : []
  const poolsHere = (pools?.data ?? []).filter(({ hosts }) => hosts.some(({ host_id: id }) => id === host.id))
  const isMakable = mayMake && poolsHere.length > 0
  const add = (volumeId: string) => {
    const key = Math.max(0, ...draft.disks.map((row) => row.key)) + 1
    change({ disks: [...draft.disks, { key, volumeId, bus: 'virtio' }] })
  }
  const choices = found.map(({ id, name, pool_name: pool, size_bytes: size }) => ({
    ...{ value: id, label: name, detail: size === null ? pool : `${pool}, ${formatBytes(size)}` },
  }))
  return (
    <>
      <Rows<DiskRow>
        title="Disks"
        add="Disk"
        rows={draft.disks}
        blank={{ volumeId: '', bus: 'virtio' }}
        onChange={(disks) => change({ disks })}
      >
        {(row, at, changeRow) => (
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Volume" error={wrong(`disks.${at}.volume_id`)}>
              {(control) => (
                <Select
                  {...control}
                  value={row.volumeId}
                  placeholder="Choose a volume"
                  onChange={(volumeId) => changeRow({ volumeId })}
                  choices={choices}
                />
              )}
            </Field>
            <Field label="Bus" error={wrong(`disks.${at}.bus`)}>
              {(control) => (
                <Select {...control} value={row.bus} onChange={(bus) => changeRow({ bus })} choices={BUS_CHOICES} />
              )}
            </Field>
          </div>
        )}
      </Rows>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-13 text-muted">
          {found.length === 0
            ? `No pool that is open on ${host.name} has a volume that could be given to it.`
            : 'It starts from the first one.'}
        </p>
        {isMakable && (
          <Button size="sm" icon={Plus} onClick={() => setMaking(true)}>
            New volume
          </Button>
        )}
      </div>
      {isMaking && (
        <CreateVolume
          pools={poolsHere}
          preset={poolsHere.length === 1 ? (poolsHere[0]?.id ?? '') : ''}
          onMade={({ id }) => add(id)}
          onClose={() => setMaking(false)}
        />
      )}
    </>
  )
}

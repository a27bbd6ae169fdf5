'use client'

import { useId, useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { SizeField } from '@/components/volumes/forms/size-field'
import { sliderEnd, stepOf } from '@/components/volumes/forms/slider'
import { sizeProblem } from '@/components/volumes/forms/use-new-volume'
import { roomToGrow } from '@/components/volumes/room'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'
import type { VolumeRow } from '@/lib/volumes/schema'

/** What comes of it, in bytes that people can weigh. */
function outcome(volume: VolumeRow, pool: PoolView, bytes: number): string {
  if (volume.size_bytes === null) return 'How large it is now is not known yet. A volume never shrinks.'
  const more = bytes - volume.size_bytes
  if (!Number.isFinite(more) || more <= 0)
    return `It has ${formatBytes(volume.size_bytes)} now. A volume never shrinks.`
  const grows = `It grows by ${formatBytes(more)}.`
  if (volume.provisioning === 'full' && pool.available_bytes !== null)
    return `${grows} ${formatBytes(Math.max(0, pool.available_bytes - more))} are free in ${pool.name} then.`
  if (pool.total_bytes === null || pool.total_bytes === 0) return grows
  const promised = pool.provisioned_bytes + more
  const times = (promised / pool.total_bytes).toFixed(1)
  return `${grows} ${pool.name} then promises ${formatBytes(promised)}, ${times}× of what there is.`
}

/** Makes a volume larger: by a slider that ends where the pool does, or to the byte. */
export function GrowVolume({ volume, pool, onClose }: { volume: VolumeRow; pool: PoolView; onClose: () => void }) {
  const id = useId()
  const now = volume.size_bytes ?? 0
  const [size, setSize] = useState(String(now || ''))
  const room = roomToGrow(pool, volume)
  const bytes = Number(size)
  const end = sliderEnd(volume, pool, room)
  const grow = useAction<number, VolumeAnswer>({
    run: (to) => changeVolume(volume, '/resize', { body: { size_bytes: to } }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: ({ data }) => `${volume.name} has ${formatBytes(data.size_bytes ?? 0)}`,
    onSuccess: onClose,
  })
  const [isTried, setTried] = useState(false)
  const isLarger = Number.isFinite(bytes) && bytes > now
  const wrong = sizeProblem(bytes, room) ?? (isLarger ? null : `Enter more than the ${formatBytes(now)} that it has.`)
  const said = grow.isError ? problemOf(grow.error).fields?.[0]?.message : undefined
  return (
    <FormDialog
      title={`Grow ${volume.name}`}
      description="The disk becomes larger; the file systems on it are grown by the machine that uses it."
      submit={{ label: 'Grow', pending: grow.isPending }}
      onSubmit={() => {
        setTried(true)
        if (wrong === null) grow.mutate(bytes)
      }}
      onClose={onClose}
    >
      {end !== null && (
        <div>
          <label htmlFor={id} className="sr-only">
            New size
          </label>
          <input
            id={id}
            type="range"
            min={now}
            max={end}
            step={stepOf(now, end)}
            value={isLarger ? Math.min(bytes, end) : now}
            aria-valuetext={formatBytes(isLarger ? bytes : now)}
            onChange={(event) => setSize(event.target.value)}
            className="h-6 w-full accent-(--color-accent)"
          />
          <div aria-hidden className="tabular flex justify-between text-12 text-muted">
            <span>{formatBytes(now)} now</span>
            <span>{formatBytes(end)}</span>
          </div>
        </div>
      )}
      <SizeField
        label="New size"
        value={size}
        onChange={setSize}
        room={room}
        pool={pool}
        error={(isTried || isLarger ? wrong : null) ?? said}
      />
      <p className="text-13" aria-live="polite">
        {outcome(volume, pool, bytes)}
      </p>
      {grow.isError && said === undefined && <ProblemNote error={grow.error} />}
    </FormDialog>
  )
}

import { Figure } from '@/components/overview/figure'
import type { BackendView } from '@/lib/backends/schema'
import { compareFullness, spaceOf, usedPercent } from '@/lib/fullness'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'
import { wordOfMount } from '@/lib/mounts/state'
import { formatBytes } from '@/lib/units'

function sumKnown(values: (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
}

function fullest(backends: BackendView[]): { backend: BackendView; percent: number } | null {
  const [backend] = backends.toSorted((a, b) => compareFullness(spaceOf(a.stats), spaceOf(b.stats)))
  const percent = backend ? usedPercent(spaceOf(backend.stats)) : null
  return backend && percent !== null ? { backend, percent } : null
}

/** What the mounts that are not healthy are; with the healthy ones they are all that are wanted. */
export function noteOfMounts(wanted: number, healthy: number, unknown: number): string {
  if (wanted === 0) return 'nothing to mount yet'
  if (healthy === wanted) return 'all are mounted'
  const differ = wanted - healthy - unknown
  if (differ === 0) return unknown === 1 ? '1 is not known on every host' : `${unknown} are not known on every host`
  if (unknown > 0) return `${differ} ${differ === 1 ? 'differs' : 'differ'}, ${unknown} unknown`
  return differ === 1 ? '1 differs from what you want' : `${differ} differ from what you want`
}

/** What is to be known of the sum: what it leaves out, or counts twice. */
export function noteOfCapacity(measured: number, unknown: number): string {
  if (unknown > 0) return `size of ${unknown} ${unknown === 1 ? 'backend is' : 'backends is'} unknown`
  if (measured > 1) return 'a disk behind two backends counts twice'
  return measured === 0 ? 'no backend yet' : 'on all backends'
}

/**
 * The fleet in four figures. Unknown sizes are left out and counted. Nothing that a storage tells says whether two backends lie
 * on the same disk, so the sum says what it does.
 */
export function Figures({
  hosts,
  backends,
  mounts,
}: {
  hosts: HostRow[]
  backends: BackendView[]
  mounts: MountView[]
}) {
  const active = hosts.filter((host) => !host.revoked_at)
  const online = active.filter((host) => host.status === 'online').length
  const wanted = mounts.filter((mount) => mount.desired_state === 'mounted')
  const tones = wanted.map((mount) => wordOfMount(mount).tone)
  const healthy = tones.filter((tone) => tone === 'healthy').length
  const notKnown = tones.filter((tone) => tone === 'unknown').length
  const measured = backends.filter((backend) => backend.stats.used_bytes !== null && backend.stats.total_bytes !== null)
  const used = sumKnown(measured.map((backend) => backend.stats.used_bytes))
  const total = sumKnown(measured.map((backend) => backend.stats.total_bytes))
  const unknown = backends.length - measured.length
  const next = fullest(backends)
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4 lg:gap-5">
      <Figure
        label="Hosts online"
        value={online}
        of={`of ${active.length}`}
        note={
          online === active.length
            ? 'all answer'
            : active.length - online === 1
              ? '1 does not answer'
              : `${active.length - online} do not answer`
        }
        href="/hosts"
      />
      <Figure
        label="Mounts healthy"
        value={healthy}
        of={`of ${wanted.length} wanted`}
        note={noteOfMounts(wanted.length, healthy, notKnown)}
        href="/mounts"
      />
      <Figure
        label="Capacity used"
        value={backends.length === 0 ? '–' : measured.length === 0 ? 'Unknown' : formatBytes(used)}
        {...(measured.length === 0 ? {} : { of: `of ${formatBytes(total)}` })}
        note={noteOfCapacity(measured.length, unknown)}
        href="/backends?sort=used.desc"
      />
      <Figure
        label="Fullest"
        value={next ? `${next.percent} %` : '–'}
        note={next ? next.backend.name : 'nothing measured yet'}
        href={next ? `/backends/${next.backend.id}` : '/backends'}
      />
    </div>
  )
}

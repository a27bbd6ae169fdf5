'use client'

import Link from 'next/link'
import { type Tile, treemap } from '@/components/monitoring/overview/treemap'
import { cn } from '@/components/ui/cn'
import { FULL_PERCENT, NEARLY_FULL_PERCENT, spaceOf, usedPercent, usedShare } from '@/lib/fullness'
import type { MonitoringOverview } from '@/lib/monitoring/schema'
import { formatBytes } from '@/lib/units'

interface Piece {
  id: string
  name: string
  href: string
  total: number
  used: number
  share: number
  percent: number
}

const ASPECT = 2

function piecesOf({ places, other_places: others }: MonitoringOverview): Piece[] {
  const named = [
    ...places.map((place) => ({ ...place, href: `/${place.noun}s/${place.id}` })),
    ...(others === null
      ? []
      : [{ ...others, id: 'others', name: `${others.count} smaller`, href: '/backends?sort=used.desc' }]),
  ]
  return named.flatMap(({ id, name, href, ...room }) => {
    const space = spaceOf(room)
    const [share, percent] = [usedShare(space), usedPercent(space)]
    if (share === null || percent === null) return []
    return [{ id, name, href, total: space.total ?? 0, used: space.used ?? 0, share, percent }]
  })
}

/** Text stands on it: it is paler than a bar. The edge says the level, where colours alone would not. */
function levelColour(percent: number): string {
  if (percent >= FULL_PERCENT) return 'border-critical bg-critical/25'
  return percent >= NEARLY_FULL_PERCENT ? 'border-warning bg-warning/25' : 'border-fill bg-fill/25'
}

function Piece({ tile }: { tile: Tile<Piece> }) {
  const { name, href, total, used, share, percent } = tile.item
  const words = `${formatBytes(used)} of ${formatBytes(total)} used, ${percent} %`
  return (
    <li
      className="absolute p-px"
      style={{ left: `${tile.left}%`, top: `${tile.top}%`, width: `${tile.width}%`, height: `${tile.height}%` }}
    >
      <Link
        href={href}
        prefetch={false}
        aria-label={`${name}: ${words}`}
        title={`${name}: ${words}`}
        className="relative block size-full overflow-hidden rounded-sm bg-fill-track/60 outline-offset-0 [container-type:size] hover:ring-2 hover:ring-control"
      >
        <span
          aria-hidden
          className={cn('absolute inset-x-0 bottom-0 border-t-2', levelColour(percent))}
          style={{ height: `${share * 100}%` }}
        />
        <span className="relative hidden px-2 pt-1.5 text-12 [@container_(min-width:64px)_and_(min-height:30px)]:block">
          <span className="block truncate font-medium">{name}</span>
          <span className="tabular hidden truncate text-muted [@container_(min-width:96px)_and_(min-height:52px)]:block">
            {formatBytes(total)}, {percent} %
          </span>
        </span>
      </Link>
    </li>
  )
}

/** Where capacity is: a rectangle for each storage, as large as it is, filled as far as it is used. */
export function CapacityMap({ overview }: { overview: MonitoringOverview }) {
  const pieces = piecesOf(overview)
  if (pieces.length === 0) return <p className="text-13 text-muted">No storage has told its size yet.</p>
  return (
    <>
      <ul aria-label="Storages by size" className="relative h-80">
        {treemap(pieces, ({ total }) => total, ASPECT).map((tile) => (
          <Piece key={tile.item.id} tile={tile} />
        ))}
      </ul>
      <p className="mt-3 text-12 text-muted">
        As large as the storage is, filled as far as it is used: amber from {NEARLY_FULL_PERCENT} %, red from{' '}
        {FULL_PERCENT} %.
      </p>
    </>
  )
}

import { Camera, Disc3 } from 'lucide-react'
import Link from 'next/link'
import { Bytes } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { Panel } from '@/components/ui/feedback'
import { Badge, Status } from '@/components/ui/status'
import { type LineageLine, railsOf } from '@/components/volumes/lineage'
import { wordOfVolume } from '@/components/volumes/volume-words'

/** So deep a step is drawn; a phone has no room for more. */
const DEEPEST = 8

/** The rails at the left: each goes on while something of its step follows, the last one leads to this line. */
function Rails({ rails }: { rails: readonly boolean[] }) {
  const shown = rails.slice(-DEEPEST)
  return (
    <span aria-hidden className="flex shrink-0 self-stretch">
      {shown.map((goesOn, at) => {
        const isOwn = at === shown.length - 1
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rail is its place
          <span key={at} className="relative w-6">
            {(goesOn || isOwn) && (
              <span className={cn('absolute top-0 left-[7px] w-px bg-line-strong', goesOn ? 'h-full' : 'h-1/2')} />
            )}
            {isOwn && <span className="absolute top-1/2 left-[7px] h-px w-3 bg-line-strong" />}
          </span>
        )
      })}
    </span>
  )
}

interface LineProps {
  line: Extract<LineageLine, { kind: 'volume' }>
  isCurrent: boolean
  isLost: boolean
}

function VolumeLine({ line, isCurrent, isLost }: LineProps) {
  const { volume } = line
  return (
    <>
      <Disc3 aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      {isCurrent ? (
        <span className="flex min-w-0 items-center gap-2" aria-current="true">
          <span className="truncate font-medium">{volume.name}</span>
          <Badge>This one</Badge>
        </span>
      ) : (
        <Link href={`/volumes/${volume.id}`} prefetch={false} className="min-w-0 truncate font-medium hover:underline">
          {volume.name}
        </Link>
      )}
      {volume.base_of !== null && (
        <span className="min-w-0 truncate text-12 text-muted max-sm:hidden">base of template {volume.base_of}</span>
      )}
      <span className="ml-auto flex shrink-0 items-center gap-4">
        <span className="text-12 text-muted max-sm:hidden">
          <Bytes value={volume.size_bytes} />
        </span>
        <span className="sm:w-28">
          <Status {...wordOfVolume(volume, isLost)} />
        </span>
      </span>
    </>
  )
}

/** What hangs together: a volume, its snapshots, and what was cloned from there. */
export function VolumeTree({
  lines,
  currentId,
  isLost,
}: {
  lines: readonly LineageLine[]
  currentId: string
  isLost: boolean
}) {
  const rails = railsOf(lines)
  return (
    <Panel title="Clones and snapshots" flush>
      <ul className="py-1.5">
        {lines.map((line, at) => {
          const isCurrent = line.kind === 'volume' && line.volume.id === currentId
          return (
            <li
              key={line.key}
              className={cn('flex min-h-9 items-center gap-2 px-4 text-13', isCurrent && 'bg-accent-soft')}
            >
              <span className="sr-only">Level {line.depth + 1}</span>
              <Rails rails={rails[at] ?? []} />
              {line.kind === 'volume' ? (
                <VolumeLine line={line} isCurrent={isCurrent} isLost={isLost} />
              ) : (
                <>
                  <Camera aria-hidden className="size-4 shrink-0 text-faint" strokeWidth={1.75} />
                  <span className="min-w-0 truncate text-muted">{line.name}</span>
                </>
              )}
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}

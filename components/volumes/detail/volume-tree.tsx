import { Camera, Disc3 } from 'lucide-react'
import Link from 'next/link'
import { Bytes } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { Panel } from '@/components/ui/feedback'
import { Badge, Status } from '@/components/ui/status'
import type { LineageLine } from '@/components/volumes/lineage'
import { wordOfVolume } from '@/components/volumes/volume-words'

/** So deep a step is drawn; a phone has no room for more. */
const DEEPEST = 8
const STEP_PX = 20

function Guides({ depth }: { depth: number }) {
  const shown = Math.min(depth, DEEPEST)
  return (
    <span aria-hidden className="flex shrink-0 self-stretch" style={{ width: shown * STEP_PX }}>
      {Array.from({ length: shown }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike, and never move
        <span key={at} className="relative" style={{ width: STEP_PX }}>
          <span
            className={cn(
              'absolute left-[7px] w-px bg-line-strong',
              at === shown - 1 ? '-top-2.5 h-[calc(50%+10px)]' : '-inset-y-2.5',
            )}
          />
          {at === shown - 1 && <span className="absolute top-1/2 left-[7px] h-px w-3 bg-line-strong" />}
        </span>
      ))}
    </span>
  )
}

function VolumeLine({ line, isCurrent }: { line: Extract<LineageLine, { kind: 'volume' }>; isCurrent: boolean }) {
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
      <span className="ml-auto flex shrink-0 items-center gap-4">
        <span className="text-12 text-muted max-sm:hidden">
          <Bytes value={volume.size_bytes} />
        </span>
        <span className="sm:w-28">
          <Status {...wordOfVolume(volume)} />
        </span>
      </span>
    </>
  )
}

/** What hangs together: a volume, its snapshots, and what was cloned from there. */
export function VolumeTree({ lines, currentId }: { lines: readonly LineageLine[]; currentId: string }) {
  return (
    <Panel title="Clones and snapshots" flush>
      <ul className="py-1.5">
        {lines.map((line) => {
          const isCurrent = line.kind === 'volume' && line.volume.id === currentId
          return (
            <li
              key={line.key}
              className={cn('flex min-h-9 items-center gap-2 px-4 text-13', isCurrent && 'bg-accent-soft')}
            >
              <span className="sr-only">Level {line.depth + 1}</span>
              <Guides depth={line.depth} />
              {line.kind === 'volume' ? (
                <VolumeLine line={line} isCurrent={isCurrent} />
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

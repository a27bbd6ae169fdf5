import { placedOn, placementInFull, placementWord } from '@/components/mounts/list/placement-words'
import { Badge, StatusShape } from '@/components/ui/status'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { TONE_ORDER, type Tone } from '@/lib/tones'

/** Above this many hosts a row counts states instead of drawing one mark for each. */
const MARKS_UP_TO = 3

/** State on each host in little. */
function HostMarks({ hosts }: { hosts: readonly MountOnHostView[] }) {
  if (hosts.length <= MARKS_UP_TO) {
    return (
      <span className="inline-flex shrink-0 items-center gap-1">
        {hosts.map((entry) => {
          const state = wordOnHost(entry)
          return <StatusShape key={entry.host_id} tone={state.tone} title={`${entry.host_name}: ${state.word}`} />
        })}
      </span>
    )
  }
  const counts = new Map<Tone, number>()
  for (const entry of hosts) {
    const { tone } = wordOnHost(entry)
    counts.set(tone, (counts.get(tone) ?? 0) + 1)
  }
  return (
    <span className="tabular inline-flex shrink-0 items-center gap-2">
      {TONE_ORDER.filter((tone) => counts.has(tone)).map((tone) => (
        <span key={tone} className="inline-flex items-center gap-1">
          <StatusShape tone={tone} title={tone} />
          {counts.get(tone)}
        </span>
      ))}
    </span>
  )
}

/** Whom the mount is for, and how it stands there. A pointer reads the names of the hosts. */
export function Placement({ mount }: { mount: MountView }) {
  const hosts = placedOn(mount)
  const word = placementWord(mount)
  const isRule = mount.targets !== 'hosts'
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-2 align-middle">
      <span title={placementInFull(mount)} className="inline-flex min-w-0 items-center">
        {isRule ? (
          <Badge className={mount.global ? 'shrink-0' : 'min-w-0'}>
            <span className="truncate">{word}</span>
          </Badge>
        ) : (
          <span className="truncate text-muted">{word}</span>
        )}
      </span>
      {(isRule || hosts.length > 1) && <HostMarks hosts={hosts} />}
    </span>
  )
}

import { placedOn, placementInFull, placementWord } from '@/components/mounts/list/placement-words'
import { Badge, StatusShape } from '@/components/ui/status'
import type { MountView } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { type StatusWord, TONE_ORDER, type Tone } from '@/lib/tones'

/** Above this many hosts a row counts states instead of drawing one mark for each. */
const MARKS_UP_TO = 3

interface MarkedHost {
  host_id: string
  host_name: string
  state: StatusWord
}

/** State on each host in little. */
function HostMarks({ hosts }: { hosts: readonly MarkedHost[] }) {
  if (hosts.length <= MARKS_UP_TO) {
    return (
      <span className="inline-flex shrink-0 items-center gap-1">
        {hosts.map(({ host_id, host_name, state }) => (
          <StatusShape key={host_id} tone={state.tone} title={`${host_name}: ${state.word}`} />
        ))}
      </span>
    )
  }
  const counts = new Map<Tone, number>()
  for (const {
    state: { tone },
  } of hosts) {
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

/** Whom something is for, and how it stands there. A pointer reads the names of the hosts. */
export function PlacedOn({
  word,
  inFull,
  isRule,
  isShort,
  hosts,
}: {
  word: string
  inFull: string
  /** It is for hosts by a rule, and not for chosen ones. */
  isRule: boolean
  /** The word is never cut off. */
  isShort: boolean
  hosts: readonly MarkedHost[]
}) {
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-2 align-middle">
      <span title={inFull} className="inline-flex min-w-0 items-center">
        {isRule ? (
          <Badge className={isShort ? 'shrink-0' : 'min-w-0'}>
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

export function Placement({ mount }: { mount: MountView }) {
  return (
    <PlacedOn
      word={placementWord(mount)}
      inFull={placementInFull(mount)}
      isRule={mount.targets !== 'hosts'}
      isShort={mount.global}
      hosts={placedOn(mount).map((entry) => ({ ...entry, state: wordOnHost(entry) }))}
    />
  )
}

import { StatusShape } from '@/components/ui/status'
import type { MountOnHostView } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { TONE_ORDER, type Tone } from '@/lib/tones'

/** Above this many hosts a row counts states instead of drawing one mark for each. */
const MARKS_UP_TO = 3

/** State on each host in little. */
export function HostMarks({ hosts }: { hosts: readonly MountOnHostView[] }) {
  const [first] = hosts
  if (!first) return <span className="text-faint">no host</span>
  if (hosts.length === 1) return <span className="truncate text-muted">{first.host_name}</span>
  if (hosts.length <= MARKS_UP_TO) {
    return (
      <span className="inline-flex items-center gap-1">
        {hosts.map((entry) => {
          const state = wordOnHost(entry)
          return <StatusShape key={entry.host_id} tone={state.tone} title={`${entry.host_name}: ${state.word}`} />
        })}
        <span className="ml-1 text-muted">{hosts.length} hosts</span>
      </span>
    )
  }
  const counts = new Map<Tone, number>()
  for (const entry of hosts) {
    const { tone } = wordOnHost(entry)
    counts.set(tone, (counts.get(tone) ?? 0) + 1)
  }
  return (
    <span className="tabular inline-flex items-center gap-2.5">
      {TONE_ORDER.filter((tone) => counts.has(tone)).map((tone) => (
        <span key={tone} className="inline-flex items-center gap-1">
          <StatusShape tone={tone} title={tone} />
          {counts.get(tone)}
        </span>
      ))}
    </span>
  )
}

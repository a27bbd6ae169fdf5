import Link from 'next/link'
import { StatusShape } from '@/components/ui/status'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { TONE_ORDER } from '@/lib/tones'

const HOSTS = 12
const MOUNTS = 14

const LEGEND = [
  { tone: 'healthy', word: 'mounted' },
  { tone: 'warning', word: 'differs' },
  { tone: 'critical', word: 'failing' },
  { tone: 'drift', word: 'changed on the host' },
  { tone: 'working', word: 'working' },
  { tone: 'off', word: 'unmounted' },
  { tone: 'unknown', word: 'unknown' },
] as const

function worstOf(mount: MountView): number {
  return Math.min(...mount.hosts.map((entry) => TONE_ORDER.indexOf(wordOnHost(entry).tone)), TONE_ORDER.length)
}

/** Hosts down, mounts across; the ones with trouble come first when not all fit. */
export function SmallMatrix({ hosts, mounts }: { hosts: HostRow[]; mounts: MountView[] }) {
  const across = mounts
    .toSorted((a, b) => worstOf(a) - worstOf(b) || a.name.localeCompare(b.name, 'en', { numeric: true }))
    .slice(0, MOUNTS)
  const involved = new Set(across.flatMap((mount) => mount.hosts.map((entry) => entry.host_id)))
  const candidates = hosts.filter((host) => involved.has(host.id))
  const down = candidates
    .toSorted((a, b) => b.mounts.failing - a.mounts.failing || a.name.localeCompare(b.name, 'en', { numeric: true }))
    .slice(0, HOSTS)
  if (across.length === 0 || down.length === 0) {
    return <p className="text-13 text-muted">Nothing is mounted yet.</p>
  }
  const entries = new Map(
    across.flatMap((mount) => mount.hosts.map((entry) => [`${entry.host_id} ${mount.id}`, entry] as const)),
  )
  return (
    <>
      <div className="overflow-x-auto">
        <table className="border-separate border-spacing-0 text-12">
          <caption className="sr-only">State of every mount on every host</caption>
          <thead>
            <tr>
              <td />
              {across.map((mount) => (
                <th key={mount.id} scope="col" className="h-20 min-w-7 align-bottom font-normal">
                  <Link
                    href={`/mounts/${mount.id}`}
                    prefetch={false}
                    title={mount.name}
                    className="mx-auto block max-h-19 w-5 rotate-180 truncate text-left text-muted [writing-mode:vertical-rl] hover:text-ink"
                  >
                    {mount.name}
                  </Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {down.map((host) => (
              <tr key={host.id} className="hover:bg-hover">
                <th scope="row" className="h-7 max-w-40 truncate pr-4 text-left font-normal">
                  <Link
                    href={`/hosts/${host.id}`}
                    prefetch={false}
                    title={host.name}
                    className="text-muted hover:text-ink"
                  >
                    {host.name}
                  </Link>
                </th>
                {across.map((mount) => {
                  const entry = entries.get(`${host.id} ${mount.id}`)
                  if (!entry) return <td key={mount.id} />
                  const { tone, word } = wordOnHost(entry)
                  return (
                    <td key={mount.id} className="text-center">
                      <StatusShape tone={tone} title={`${mount.name} on ${host.name}: ${word}`} className="mx-auto" />
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-12 text-muted">
        {LEGEND.map(({ tone, word }) => (
          <li key={tone} className="inline-flex items-center gap-1.5">
            <StatusShape tone={tone} className="animate-none" />
            {word}
          </li>
        ))}
      </ul>
      {(candidates.length > HOSTS || mounts.length > MOUNTS) && (
        <p className="mt-2 text-12 text-muted">
          The {down.length} of {candidates.length} hosts and {across.length} of {mounts.length} mounts with most trouble
          are shown.
        </p>
      )}
    </>
  )
}

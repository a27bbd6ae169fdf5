import { ioWords, latencyWords } from '@/components/mounts/detail/activity-words'
import { Bytes } from '@/components/ui/bytes'
import { CodeBlock } from '@/components/ui/code-block'
import { RelativeTime } from '@/components/ui/relative-time'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

/** What is other here than everywhere, in a line. */
function Differences({ overrides }: { overrides: NonNullable<MountOnHostView['overrides']> }) {
  const words = [
    overrides.mount_point && `at ${overrides.mount_point}`,
    overrides.read_only !== undefined && (overrides.read_only ? 'read only' : 'read and write'),
    ...Object.entries(overrides.config ?? {}).map(([key, value]) => `${key}=${String(value)}`),
  ].filter(Boolean)
  return (
    <p className="mt-1 min-w-0 break-words text-12 text-muted">
      Different here: <span className="text-ink">{words.join(', ')}</span>
    </p>
  )
}

function Pending({ pending }: { pending: NonNullable<MountOnHostView['usage']>['pending'] }) {
  if (!pending || pending.files === 0) return null
  return (
    <p className="mt-1.5 text-12 text-muted">
      {pending.files} {pending.files === 1 ? 'file waits' : 'files wait'} for upload
      {pending.bytes !== null && (
        <>
          {' '}
          (<Bytes value={pending.bytes} />)
        </>
      )}
      . An unmount waits for them.
      {pending.stalledSince !== undefined && (
        <span className="block text-warning">
          None gets through since <RelativeTime at={pending.stalledSince} />
          {pending.said ? `: ${pending.said}` : '.'}
        </span>
      )}
      {pending.cacheFull && <span className="block text-warning">The disk of the cache on this host is full.</span>}
    </p>
  )
}

/** Over the last five minutes, as the host counted. */
function Activity({ usage }: { usage: NonNullable<MountOnHostView['usage']> }) {
  if (!usage.activity) return null
  const words = [latencyWords(usage.activity), ioWords(usage.activity)].filter(Boolean)
  return words.length === 0 ? null : <p className="tabular mt-1 break-words text-12 text-muted">{words.join(' ')}</p>
}

/** What is to be known of a mount on a host that is no trouble. */
export function HostRemarks({ entry }: { entry: MountOnHostView }) {
  return (
    <>
      <Pending pending={entry.usage?.pending} />
      {entry.state === 'mounted' && entry.usage && <Activity usage={entry.usage} />}
      {entry.overrides && <Differences overrides={entry.overrides} />}
      {entry.moving_from !== null && (
        <p className="mt-1 break-words text-12 text-muted">
          Still at <span className="font-mono text-ink">{entry.moving_from}</span>, on its way to{' '}
          <span className="font-mono text-ink">{entry.mount_point}</span>
        </p>
      )}
    </>
  )
}

/** Asked for against in force, on request. */
export function HostOptions({ mount, entry }: { mount: MountView; entry: MountOnHostView }) {
  return (
    <div className="mt-2 text-12 text-muted">
      <dl className="grid gap-x-3 gap-y-1 sm:grid-cols-[80px_minmax(0,1fr)]">
        <dt className="pt-1">Asked for</dt>
        <dd className="min-w-0">
          <CodeBlock text={entry.asked_options ?? mount.asked_options} label="Options asked for" />
        </dd>
        {entry.protocol !== null && (
          <>
            <dt>Protocol</dt>
            <dd>{entry.protocol}</dd>
          </>
        )}
        <dt className="pt-1">In force</dt>
        <dd className="min-w-0">
          {entry.options === null ? (
            <p className="pt-1">Nothing is mounted.</p>
          ) : (
            <CodeBlock text={entry.options} label="Options in force" />
          )}
        </dd>
      </dl>
      {entry.drift && entry.drift.differences.length > 0 && (
        <p className="mt-1">
          Different:{' '}
          {entry.drift.differences
            .map(({ asked, effective }) => `${asked ?? 'nothing'} asked, ${effective ?? 'nothing'} in force`)
            .join('; ')}
          .
        </p>
      )}
    </div>
  )
}

import type { ReactNode } from 'react'
import { LearnMore } from '@/components/help/learn-more'
import { Mono } from '@/components/ui/code-block'
import { EmptyState, Facts, Note, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge, Status } from '@/components/ui/status'
import type { HostView } from '@/lib/hosts/schema'

const PRIVILEGE = {
  root: 'Root: real mounts',
  namespace: 'A namespace of its own: its mounts are seen only inside',
  none: 'None: it cannot mount',
}
const GUARD = {
  immutable: 'Immutable: nothing can write into an empty mount point',
  unguarded: 'Not possible on this file system',
  unknown: 'Unknown',
}

/** The name usually holds the version already. */
export function distributionOf({ name, version }: { name: string; version: string | null }): string {
  return version && !name.includes(version) ? `${name} ${version}` : name
}

function NotYet() {
  return <EmptyState title="Not known yet">The host has not answered since it joined.</EmptyState>
}

export function HostFacts({ host }: { host: HostView }) {
  const { info } = host
  if (!info) return <NotYet />
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Panel title="System">
        <Facts
          items={[
            [
              'Host name',
              <span key="hostname" className="font-mono text-12">
                {info.hostname}
              </span>,
            ],
            [
              'Kernel',
              <span key="kernel" className="font-mono text-12">
                {info.kernel}
              </span>,
            ],
            ['Architecture', info.architecture],
            ['Service manager', info.systemd ? 'systemd' : 'none'],
            ['Mount point guard', GUARD[info.guard]],
          ]}
        />
      </Panel>
      <Panel title="Agent">
        <Facts
          items={[
            ['Runs as', PRIVILEGE[info.privilege]],
            ['Started', <RelativeTime key="started" at={info.startedAt} />],
            ['Certificate', <Mono key="certificate" text={host.certificate_serial ?? info.certificate.serial} copy />],
            ['Valid until', <RelativeTime key="valid" at={host.certificate_not_after ?? info.certificate.notAfter} />],
            ['Clock', host.clock_skew_ms === null ? 'unknown' : `${Math.abs(host.clock_skew_ms)} ms apart`],
            ['Id', <Mono key="id" text={host.id} copy />],
          ]}
        />
        <p className="mt-4 text-12 text-muted">The certificate is renewed by itself at half of its life.</p>
      </Panel>
    </div>
  )
}

export function HostTools({ host }: { host: HostView }) {
  const { info } = host
  // The facts say already that nothing is known yet.
  if (!info) return null
  return (
    <Panel title="Tools" flush>
      <ul className="divide-y divide-line text-13">
        {info.tools.map((tool) => (
          <li
            key={tool.command}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 md:grid-cols-[160px_minmax(0,1fr)_minmax(0,1fr)_96px]"
          >
            <span className="font-mono text-12 font-medium">{tool.command}</span>
            <span className="truncate font-mono text-12 text-muted max-md:hidden">
              {tool.path ?? (tool.package === null ? 'not in this distribution' : `package ${tool.package}`)}
            </span>
            <span className="truncate text-12 text-muted max-md:order-3 max-md:col-span-2">
              {tool.neededBy.length > 0 && `for ${tool.neededBy.join(', ')}`}
              {tool.version && ` · ${tool.version}`}
            </span>
            <Status {...(tool.path ? { tone: 'healthy', word: 'Installed' } : { tone: 'warning', word: 'Missing' })} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Tags({ items, all }: { items: string[] | null; all: string }): ReactNode {
  if (items === null) return all
  return (
    <span className="flex flex-wrap gap-1">
      {items.map((item) => (
        <Badge key={item} mono>
          {item}
        </Badge>
      ))}
    </span>
  )
}

/** The host's own rules, which hold even against this console. */
export function HostPolicy({ host }: { host: HostView }) {
  const { info } = host
  if (!info) return <NotYet />
  return (
    <div className="space-y-5">
      <Panel title="What this host allows">
        <Facts
          items={[
            ['Mount roots', <Tags key="roots" items={info.policy.mountRoots} all="none" />],
            [
              'Local directories below',
              <Tags key="sources" items={info.policy.sourceRoots ?? null} all="Not limited by this agent" />,
            ],
            ['Storage types', <Tags key="types" items={info.policy.drivers} all="All that it has" />],
            ['Networks', <Tags key="networks" items={info.policy.networks} all="Any" />],
          ]}
        />
      </Panel>
      <Note>
        The rules stand in <span className="font-mono text-12 text-ink">/etc/holdfast/agent.json</span> on the host
        itself. Only somebody with root there can change them; Holdfast can only read them.{' '}
        <LearnMore href="/help/agent#the-policy-of-a-host" about="the policy of a host" />
      </Note>
    </div>
  )
}

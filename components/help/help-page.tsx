import { SquareCode } from 'lucide-react'
import Link from 'next/link'
import { DOCS } from '@/components/help/doc-list'
import { Keys } from '@/components/layout/keys'
import { Page } from '@/components/layout/page'
import { ButtonLink } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Facts, Panel } from '@/components/ui/feedback'
import type { Versions } from '@/lib/installation/versions'

const STEPS: readonly { href: string; title: string; about: string }[] = [
  { href: '/hosts?add=1', title: 'Add a host', about: 'One command to paste on the host.' },
  { href: '/backends/new', title: 'Define a storage', about: 'Tested for real before you rely on it.' },
  { href: '/mounts/new', title: 'Mount it', about: 'On one host, on some, or on all.' },
]

function wordsOf({ holdfast, api, agentProtocol, node, database }: Versions): string {
  return `Holdfast ${holdfast}, API ${api}, agent protocol ${agentProtocol}, Node.js ${node}, ${database}`
}

/** Where to begin, what the keys do, where it is written down, and what runs here. */
export function HelpPage({ versions }: { versions: Versions | null }) {
  return (
    <Page
      crumbs={[{ label: 'Help' }]}
      title="Help"
      actions={
        <ButtonLink href="/api-reference" icon={SquareCode}>
          API reference
        </ButtonLink>
      }
    >
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Panel title="Begin" flush>
          <ol className="divide-y divide-line">
            {STEPS.map(({ href, title, about }) => (
              <li key={href} className="px-4 py-2.5 text-13">
                <Link href={href} prefetch={false} className="font-medium hover:underline">
                  {title}
                </Link>
                <span className="block text-muted">{about}</span>
              </li>
            ))}
          </ol>
        </Panel>
        <Panel
          title="About"
          action={versions && <CopyButton text={wordsOf(versions)} label="Copy the versions" className="-my-1" />}
        >
          {versions && (
            <Facts
              items={[
                ['Holdfast', versions.holdfast],
                ['REST API', versions.api],
                ['Agent protocol', versions.agentProtocol],
                ['Node.js', versions.node],
                ['Database', versions.database],
              ]}
            />
          )}
        </Panel>
        <Panel title="Documentation" flush>
          <ul className="divide-y divide-line">
            {DOCS.map(({ slug, title, about }) => (
              <li key={slug} className="px-4 py-2.5 text-13">
                <Link href={`/help/${slug}`} prefetch={false} className="font-medium hover:underline">
                  {title}
                </Link>
                <span className="block text-muted">{about}.</span>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title="Keyboard shortcuts">
          <Keys />
        </Panel>
      </div>
    </Page>
  )
}

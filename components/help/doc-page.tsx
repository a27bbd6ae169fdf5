import Link from 'next/link'
import { DOCS, type Doc } from '@/components/help/doc-list'
import { Document } from '@/components/help/document'
import { Page } from '@/components/layout/page'
import { cn } from '@/components/ui/cn'

function DocList({ current }: { current: Doc }) {
  return (
    <nav aria-label="Documentation" className="lg:sticky lg:top-16">
      <ul className="flex flex-wrap gap-1 lg:flex-col">
        {DOCS.map(({ slug, title }) => {
          const isHere = slug === current.slug
          return (
            <li key={slug}>
              <Link
                href={`/help/${slug}`}
                prefetch={false}
                aria-current={isHere ? 'page' : undefined}
                className={cn(
                  'block rounded-md px-2.5 py-1.5 text-13',
                  isHere ? 'bg-pressed font-medium text-ink' : 'text-muted hover:bg-hover hover:text-ink',
                )}
              >
                {title}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

/** A document with the list of all beside it. */
export function DocPage({ doc, text }: { doc: Doc; text: string }) {
  return (
    <Page
      crumbs={[{ label: 'Help', href: '/help' }, { label: doc.title }]}
      title={doc.title}
      subtitle={`${doc.about}.`}
    >
      <div className="grid items-start gap-x-10 gap-y-5 lg:grid-cols-[180px_minmax(0,1fr)]">
        <DocList current={doc} />
        <Document doc={doc} text={text} />
      </div>
    </Page>
  )
}

import { DocFrame } from '@/components/help/doc-frame'
import type { Doc } from '@/components/help/doc-list'
import { Document } from '@/components/help/document'
import { Page } from '@/components/layout/page'

/** A document with the list of all beside it. */
export function DocPage({ doc, text }: { doc: Doc; text: string }) {
  return (
    <Page
      crumbs={[{ label: 'Help', href: '/help' }, { label: doc.title }]}
      title={doc.title}
      subtitle={`${doc.about}.`}
    >
      <DocFrame current={`/help/${doc.slug}`}>
        <Document doc={doc} text={text} />
      </DocFrame>
    </Page>
  )
}

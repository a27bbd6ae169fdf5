import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { docBySlug } from '@/components/help/doc-list'
import { DocPage } from '@/components/help/doc-page'
import { DOC_TEXTS } from '@/components/help/doc-texts'

interface Props {
  params: Promise<{ page: string }>
}

async function shown({ params }: Props) {
  const doc = docBySlug((await params).page)
  const text = doc && DOC_TEXTS[doc.slug]
  return doc && text ? { doc, text } : null
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  return { title: `${(await shown(props))?.doc.title ?? 'Not found'} · Help` }
}

export default async function DocumentPage(props: Props) {
  const found = await shown(props)
  if (!found) notFound()
  return <DocPage {...found} />
}

import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { type Asked, usesOf as usesQuery } from '@/components/uses/kinds'
import { UsesPage } from '@/components/uses/uses-page'
import { pageActor } from '@/lib/auth/page-actor'
import { AskUses } from '@/lib/uses/schema'
import { usesOf } from '@/lib/uses/service'

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

function askedIn({ of, server }: Awaited<Props['searchParams']>): Asked {
  const { data } = AskUses.safeParse({
    ...(of === undefined ? {} : { of }),
    ...(server === undefined ? {} : { server }),
  })
  if (data?.of !== undefined) return { of: data.of }
  if (data?.server !== undefined) return { server: data.server }
  notFound()
}

/** Read once, for the page and for its title. */
const read = cache(async (kind: 'of' | 'server', value: string) =>
  usesOf(await pageActor(), kind === 'of' ? { of: value } : { server: value }),
)

function readAsked(asked: Asked) {
  return 'of' in asked ? read('of', asked.of) : read('server', asked.server)
}

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const asked = askedIn(await searchParams)
  return titleOf('Who uses what', async () => (await readAsked(asked)).of)
}

export default async function UsesRoute({ searchParams }: Props) {
  const asked = askedIn(await searchParams)
  const view = await found(readAsked(asked))
  return (
    <Prefetched data={[[usesQuery(asked).queryKey, view]]}>
      <UsesPage asked={asked} />
    </Prefetched>
  )
}

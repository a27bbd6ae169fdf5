import type { Metadata } from 'next'
import { cache } from 'react'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { operationOne } from '@/components/data/queries'
import { OperationDetail } from '@/components/operations/operation-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { getOperation } from '@/lib/operations/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getOperation(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Operations', async () => {
    const { title, target } = await read(id)
    return { name: target === null ? title : `${title} ${target.name}` }
  })
}

export default async function OperationPage({ params }: Props) {
  const { id } = await params
  const operation = await found(read(id))
  return (
    <Prefetched data={[[operationOne(id).queryKey, operation]]}>
      <OperationDetail id={id} />
    </Prefetched>
  )
}

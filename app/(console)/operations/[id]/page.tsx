import type { Metadata } from 'next'
import { found } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { operationOne } from '@/components/data/queries'
import { OperationDetail } from '@/components/operations/operation-detail'
import { pageActor } from '@/lib/auth/page-actor'
import { getOperation } from '@/lib/operations/service'

export const metadata: Metadata = { title: 'Operation' }

export default async function OperationPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const operation = await found(getOperation(await pageActor(), id))
  return (
    <Prefetched data={[[operationOne(id).queryKey, operation]]}>
      <OperationDetail id={id} />
    </Prefetched>
  )
}

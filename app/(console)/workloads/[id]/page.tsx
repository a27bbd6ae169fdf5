import type { Metadata } from 'next'
import { cache } from 'react'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { Prefetched } from '@/components/data/prefetched'
import { WorkloadDetail } from '@/components/workloads/workload-detail'
import { workloadOne } from '@/components/workloads/workload-queries'
import { pageActor } from '@/lib/auth/page-actor'
import { getWorkload } from '@/lib/workloads/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getWorkload(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Workloads', () => read(id))
}

export default async function WorkloadPage({ params }: Props) {
  const { id } = await params
  const workload = await found(read(id))
  return (
    <Prefetched data={[[workloadOne(id).queryKey, workload]]}>
      <WorkloadDetail id={id} />
    </Prefetched>
  )
}

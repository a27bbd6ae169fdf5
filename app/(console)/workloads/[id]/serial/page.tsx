import type { Metadata } from 'next'
import { forbidden, notFound } from 'next/navigation'
import { cache } from 'react'
import { MachineSerial } from '@/components/consoles/machine-serial'
import { found } from '@/components/data/found'
import { titleOf } from '@/components/data/page-title'
import { pageActor } from '@/lib/auth/page-actor'
import { hasScreen } from '@/lib/consoles/has-screen'
import { getWorkload } from '@/lib/workloads/service'

interface Props {
  params: Promise<{ id: string }>
}

/** Read once, for the page and for its title. */
const read = cache(async (id: string) => getWorkload(await pageActor(), id))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  return titleOf('Serial console', () => read(id))
}

export default async function SerialPage({ params }: Props) {
  const { id } = await params
  const workload = await found(read(id))
  if (!hasScreen(workload)) notFound()
  const { permissions } = await pageActor()
  if (!permissions.has('consoles.open')) forbidden()
  return <MachineSerial workload={{ id, name: workload.name }} host={workload.host} machine={workload.native_id} />
}

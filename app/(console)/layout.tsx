import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { signInAgain } from '@/components/auth/sign-in-path'
import { Prefetched } from '@/components/data/prefetched'
import { operationsRunning, RUNNING_SHOWN } from '@/components/data/queries'
import { COLUMNS_COOKIE, readTimes, TIMES_COOKIE, ZONE_COOKIE } from '@/components/layout/appearance'
import type { ConsoleContext } from '@/components/layout/person'
import { Shell } from '@/components/layout/shell'
import { readColumns } from '@/components/ui/table/column-choice'
import { pageActor } from '@/lib/auth/page-actor'
import { currentEnv } from '@/lib/current-env'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { PATH_HEADER } from '@/lib/http/path-header'
import { listOperations } from '@/lib/operations/service'

const TYPES: ConsoleContext['types'] = DESCRIPTORS.map(({ id, title, summary, access, capabilities, scope }) => ({
  id,
  title,
  summary,
  access,
  capabilities: [...capabilities],
  scope,
}))

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await pageActor()
  if (actor.kind === 'anonymous') redirect(signInAgain((await headers()).get(PATH_HEADER) ?? ''))
  const person = { id: actor.id, name: actor.name, role: actor.role ?? 'viewer', permissions: [...actor.permissions] }
  const running = await listOperations(actor, { status: ['running'], limit: RUNNING_SHOWN })
  const jar = await cookies()
  const times = readTimes(jar.get(ZONE_COOKIE)?.value, jar.get(TIMES_COOKIE)?.value)
  const columns = readColumns(jar.get(COLUMNS_COOKIE)?.value)
  return (
    <Shell times={times} columns={columns} value={{ person, types: TYPES, isDemo: currentEnv().isDemo }}>
      <Prefetched data={[[operationsRunning().queryKey, running]]}>{children}</Prefetched>
    </Shell>
  )
}

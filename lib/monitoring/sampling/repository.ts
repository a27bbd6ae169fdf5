import { type Measuring, USUAL_SECONDS } from '@/lib/agent-protocol/measuring'
import { type Db, db } from '@/lib/db/client'
import { StoredSampling } from '@/lib/monitoring/sampling/schema'

const KEY = 'sampling'

/** What cannot be read was not set: agents measure as ever then. */
export async function findSampling(tx: Db = db()): Promise<StoredSampling> {
  const row = await tx.setting.findUnique({ where: { key: KEY }, select: { value: true } })
  return StoredSampling.safeParse(row?.value).data ?? { minutes: null, backends: {} }
}

export async function saveSampling(tx: Db, value: StoredSampling): Promise<void> {
  await tx.setting.upsert({ where: { key: KEY }, create: { key: KEY, value }, update: { value } })
}

/** Names of those of these backends that are there. */
export async function findNames(ids: readonly string[], tx: Db = db()): Promise<Map<string, string>> {
  const rows = await tx.backend.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } })
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** As agents are told of it. */
export async function findMeasuring(tx: Db): Promise<Measuring> {
  const { minutes, backends } = await findSampling(tx)
  return {
    usualSeconds: minutes === null ? USUAL_SECONDS : minutes * 60,
    backends: new Map(Object.entries(backends).map(([id, own]) => [id, own * 60])),
  }
}

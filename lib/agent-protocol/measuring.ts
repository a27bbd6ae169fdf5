import { z } from 'zod'
import { ID_PREFIXES } from '@/lib/ids'

/** How often storages are to be measured; one that is nearly full is measured every minute all the same. */
export interface Measuring {
  usualSeconds: number
  /** By id of the backend, where it is another time. */
  backends: ReadonlyMap<string, number>
}

export const USUAL_SECONDS = 300
/** Header of the question for everything. An agent that does not know it measures as ever. */
export const MEASURING = 'holdfast-measuring'

const Seconds = z.coerce.number().int().min(30).max(86_400)
const PAIR = new RegExp(`^(${ID_PREFIXES.backend}_[0-9a-z]{26})=(\\d{1,5})$`)

/** As the value of that header: `300,bkd_…=60`. */
export function writeMeasuring({ usualSeconds, backends }: Measuring): string {
  return [usualSeconds, ...[...backends].map(([id, seconds]) => `${id}=${seconds}`)].join(',')
}

/** Null: the asker says nothing that can be read, and all stays as it is. */
export function readMeasuring(header: string | string[] | undefined): Measuring | null {
  if (typeof header !== 'string') return null
  const [usual, ...pairs] = header.split(',')
  const usualSeconds = Seconds.safeParse(usual).data
  if (usualSeconds === undefined) return null
  const backends = pairs.flatMap((pair): [string, number][] => {
    const [, id, text] = PAIR.exec(pair) ?? []
    const seconds = Seconds.safeParse(text).data
    return id === undefined || seconds === undefined ? [] : [[id, seconds]]
  })
  return { usualSeconds, backends: new Map(backends) }
}

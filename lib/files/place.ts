import { badField } from '@/lib/bad-field'
import { HoldfastError } from '@/lib/errors'
import type { PoolRecord } from '@/lib/pools/repository'
import { isUsable } from '@/lib/pools/state'
import { engineOfPool } from '@/lib/pools/view'
import { sentenceList } from '@/lib/volumes/words'

/**
 * The host through which the files of a pool are reached. Throws `unsupported` for a pool without files, `invalid_input` where it must
 * be said which host is meant, and `backend_unreachable` when none has the pool open now.
 */
export function hostForFiles(pool: PoolRecord, asked: string | undefined): string {
  const { engine, sharing } = engineOfPool(pool)
  if (engine.place !== 'directory') {
    throw new HoldfastError('unsupported', `Pool '${pool.name}' has no files: its volumes are disks of their own.`, {
      recovery: 'Export a volume, or copy it into a pool of files.',
    })
  }
  const open = pool.hosts.filter(isUsable)
  if (asked !== undefined) {
    if (open.some(({ hostId }) => hostId === asked)) return asked
    throw badField('host_id', `Pool '${pool.name}' is not open on that host now.`)
  }
  const [first] = open
  if (first === undefined)
    throw new HoldfastError('backend_unreachable', `Pool '${pool.name}' is open on no host now.`, {
      recovery: 'See on the page of the pool what is wrong on its hosts.',
    })
  if (sharing === 'own' && pool.hosts.filter(({ desired }) => desired === 'open').length > 1) {
    const names = sentenceList(open.map(({ host }) => `'${host.name}'`))
    throw badField('host_id', `Each host of pool '${pool.name}' has its own files; say which one is meant: ${names}.`)
  }
  return open.find(({ hostId }) => hostId === pool.keeperId)?.hostId ?? first.hostId
}

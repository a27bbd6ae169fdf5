import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/repositories/repository'
import { sentenceList } from '@/lib/volumes/words'

/** Throws `in_use` with the repositories that lie on a backend. */
export async function requireNoRepositories(tx: Db, { id, name }: { id: string; name: string }): Promise<void> {
  const found = await repository.findOfBackend(tx, id)
  if (found.length === 0) return
  const names = sentenceList(found.map((each) => `'${each.name}'`))
  throw new HoldfastError(
    'in_use',
    `Backend '${name}' is used by ${found.length === 1 ? 'repository' : 'repositories'} ${names}.`,
    { details: { used_by: found.map((each) => ({ kind: 'repository', ...each })) } },
  )
}

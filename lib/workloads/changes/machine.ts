import 'server-only'
import { attachTarget } from '@/lib/attach-targets/registry'
import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/workloads/repository'

/** Whatever can be started and stopped. Throws `not_found`, and `conflict` where that cannot be done from here. */
export async function requirePowered(tx: Db, id: string): Promise<repository.WorkloadRecord> {
  const found = await repository.findById(id, tx)
  if (found === null) throw new HoldfastError('not_found', 'There is no such workload.')
  const target = attachTarget(found.target)
  if (target?.isPowered !== true)
    throw new HoldfastError(
      'conflict',
      `What ${target?.title ?? found.target} runs is not started or stopped from here.`,
    )
  if (found.host.revokedAt !== null) throw new HoldfastError('conflict', `Host '${found.host.name}' was revoked.`)
  return found
}

/** A virtual machine that can be changed. Throws `not_found`, and `conflict` for a container or one of a host that was revoked. */
export async function requireMachine(tx: Db, id: string): Promise<repository.WorkloadRecord> {
  const found = await repository.findById(id, tx)
  if (found === null) throw new HoldfastError('not_found', 'There is no such workload.')
  if (attachTarget(found.target)?.runs !== 'machine')
    throw new HoldfastError('conflict', `'${found.name}' is a container: this is for virtual machines.`)
  if (found.host.revokedAt !== null) throw new HoldfastError('conflict', `Host '${found.host.name}' was revoked.`)
  return found
}

import 'server-only'
import { attachTarget } from '@/lib/attach-targets/registry'
import { type Actor, authorize } from '@/lib/auth/actor'
import { removeContainer } from '@/lib/workloads/changes/containers'
import { removeMachine } from '@/lib/workloads/changes/machines'
import * as repository from '@/lib/workloads/repository'
import type { AskRemoval } from '@/lib/workloads/schema'

/** Removes what does not run, by what it is. Returns the operation's id. */
export async function removeWorkload(actor: Actor, id: string, asked: AskRemoval): Promise<string> {
  authorize(actor, 'workloads.write')
  const found = await repository.findById(id)
  const isMachine = found !== null && attachTarget(found.target)?.runs === 'machine'
  return isMachine ? removeMachine(actor, id, asked) : removeContainer(actor, id, asked)
}

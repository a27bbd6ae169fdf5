import type { ResourceKind } from '@/agent/commands/runner'
import type { MountChanges } from '@/agent/resources/workloads/mount-changes'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** A target may do this in several steps: what was begun is brought to an end before anything else is done to the workload. */
export function mountChanges(changes: Pick<MountChanges, 'recover'>): ResourceKind {
  return {
    commands: ['attachMount', 'detachMount'],
    recoversFirst: true,
    recover: (_workloadId, turn) => changes.recover(turn),
    begin: () => undefined,
  }
}

/** What it would do. */
export function planMount(agent: Agent): Handler<'planMount'> {
  return (asked, call) => agent.mountChanges.plan(asked, call.signal)
}

/** Gives a mount to a workload. It goes on when the caller has gone. */
export function attachMount(agent: Agent): Handler<'attachMount'> {
  return ({ workload, mount, accepted, ...envelope }, call) => {
    const args = { workload, mount, accepted }
    return agent.commands.run({ kind: 'attachMount', envelope, args }, call.receivedAt, call.log, {
      carryOut: (turn) => agent.mountChanges.carryOut({ change: 'attach', ...args }, turn, call.deadlineAt),
    })
  }
}

/** Takes it away again. */
export function detachMount(agent: Agent): Handler<'detachMount'> {
  return ({ workload, mount, accepted, ...envelope }, call) => {
    const args = { workload, mount, accepted }
    return agent.commands.run({ kind: 'detachMount', envelope, args }, call.receivedAt, call.log, {
      carryOut: (turn) => agent.mountChanges.carryOut({ change: 'detach', ...args }, turn, call.deadlineAt),
    })
  }
}

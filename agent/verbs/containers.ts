import type { ResourceKind } from '@/agent/commands/runner'
import type { ContainerMakings } from '@/agent/resources/workloads/container-makings'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** What was begun is brought to an end, or taken back, before another one of this name is made. */
export function containerMakings(makings: Pick<ContainerMakings, 'recover'>): ResourceKind {
  return {
    commands: ['createContainer'],
    recoversFirst: true,
    recover: (_resourceId, turn) => makings.recover(turn),
    begin: () => undefined,
  }
}

/** What it would do. */
export function planContainer(agent: Agent): Handler<'planContainer'> {
  return ({ container, env }, call) => agent.containerMakings.plan(container, env, call.signal)
}

/** Makes it. It goes on when the caller has gone. */
export function createContainer(agent: Agent): Handler<'createContainer'> {
  return ({ container, env, ...envelope }, call) => {
    const args = { container, env }
    return agent.commands.run({ kind: 'createContainer', envelope, args }, call.receivedAt, call.log, {
      carryOut: (turn) => agent.containerMakings.create(args, turn, call.deadlineAt),
    })
  }
}

/** Removes one that does not run. */
export function removeContainer(agent: Agent): Handler<'removeContainer'> {
  return ({ workload, ...envelope }, call) => {
    return agent.commands.run({ kind: 'removeContainer', envelope, args: { workload } }, call.receivedAt, call.log, {
      carryOut: () => agent.containerMakings.remove(workload, call),
    })
  }
}

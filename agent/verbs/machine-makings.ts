import type { ResourceKind } from '@/agent/commands/runner'
import type { MachineMakings } from '@/agent/resources/workloads/machine-makings'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** What was begun is brought to an end, or taken back, before another one of this name is made. */
export function machineMakings(makings: Pick<MachineMakings, 'recover'>): ResourceKind {
  return {
    commands: ['createMachine'],
    recoversFirst: true,
    recover: (_resourceId, turn) => makings.recover(turn),
    begin: () => undefined,
  }
}

/** What one can be made of here. */
export function machineOffers(agent: Agent): Handler<'machineOffers'> {
  return (_asked, call) => agent.machineMakings.offers(call.signal)
}

/** What making it would do. */
export function planMachine(agent: Agent): Handler<'planMachine'> {
  return ({ machine }, call) => agent.machineMakings.plan(machine, call.signal)
}

/** Makes it. It goes on when the caller has gone. */
export function createMachine(agent: Agent): Handler<'createMachine'> {
  return ({ machine, ...envelope }, call) => {
    return agent.commands.run({ kind: 'createMachine', envelope, args: { machine } }, call.receivedAt, call.log, {
      carryOut: (turn) => agent.machineMakings.create(machine, turn, call.deadlineAt),
    })
  }
}

/** Removes one that was made here and does not run. */
export function removeMachine(agent: Agent): Handler<'removeMachine'> {
  return ({ machine, ...envelope }, { receivedAt, deadlineAt, signal, log }) => {
    const call = { operationId: envelope.operationId, deadlineAt, signal, log }
    return agent.commands.run({ kind: 'removeMachine', envelope, args: { machine } }, receivedAt, log, {
      carryOut: () => agent.machineMakings.remove(machine, call),
    })
  }
}

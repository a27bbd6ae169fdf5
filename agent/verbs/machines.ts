import type { ResourceKind } from '@/agent/commands/runner'
import type { Call, Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'

/** libvirt, or Docker, carries it out by itself, in one piece, and nothing of ours is left: whoever asks again finds what there is. */
export const MACHINE_CHANGES: ResourceKind = {
  commands: [
    ...['attachDisk', 'detachDisk', 'addClipboard', 'powerMachine', 'powerContainer'],
    ...['removeContainer', 'removeMachine'],
  ],
  recover() {
    const message = 'The agent was restarted while this ran. Look at it, then ask again.'
    return Promise.reject(new HoldfastError('timed_out', message))
  },
  begin: () => undefined,
}

/** Gives a volume to a machine. It goes on when the caller has gone: libvirt would go on too. */
export function attachDisk(agent: Agent): Handler<'attachDisk'> {
  return ({ machine, disk, ...envelope }, call) => {
    const command = { kind: 'attachDisk', envelope, args: { machine, disk } }
    return agent.commands.run(command, call.receivedAt, call.log, {
      carryOut: () => agent.diskChanges.attach(machine, disk, callOf(envelope, call)),
    })
  }
}

/** Takes it away again. */
export function detachDisk(agent: Agent): Handler<'detachDisk'> {
  return ({ machine, volumeId, ...envelope }, call) => {
    const command = { kind: 'detachDisk', envelope, args: { machine, volumeId } }
    return agent.commands.run(command, call.receivedAt, call.log, {
      carryOut: () => agent.diskChanges.detach(machine, volumeId, callOf(envelope, call)),
    })
  }
}

/** Starts it or stops it. */
export function powerMachine(agent: Agent): Handler<'powerMachine'> {
  return ({ machine, action, ...envelope }, call) => {
    const command = { kind: 'powerMachine', envelope, args: { machine, action } }
    return agent.commands.run(command, call.receivedAt, call.log, {
      carryOut: () => agent.machinePower.power(machine, action, callOf(envelope, call)),
    })
  }
}

/** The same for a container. */
export function powerContainer(agent: Agent): Handler<'powerContainer'> {
  return ({ target, nativeId, action, ...envelope }, call) => {
    const args = { target, nativeId, action }
    return agent.commands.run({ kind: 'powerContainer', envelope, args }, call.receivedAt, call.log, {
      carryOut: () => agent.containerPowers.power(args, call),
    })
  }
}

/** Gives it a channel for its clipboard. */
export function addClipboard(agent: Agent): Handler<'addClipboard'> {
  return ({ machine, ...envelope }, call) => {
    agent.policy().checkScreens()
    const command = { kind: 'addClipboard', envelope, args: { machine } }
    return agent.commands.run(command, call.receivedAt, call.log, {
      carryOut: () => agent.machineClipboards.add(machine, callOf(envelope, call)),
    })
  }
}

function callOf({ operationId }: Pick<CommandEnvelope, 'operationId'>, { deadlineAt, signal, log }: Call) {
  return { operationId, deadlineAt, signal, log }
}

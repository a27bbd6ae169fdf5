import type { ResourceKind } from '@/agent/commands/runner'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { AGENT_VERSION } from '@/agent/version'
import { HoldfastError } from '@/lib/errors'

/** What runs after the restart is what came of it; whoever asked compares. */
export const AGENT_UPDATES: ResourceKind = {
  commands: ['updateAgent'],
  recover: async () => ({ version: AGENT_VERSION, startedAt: null }),
  begin: () => undefined,
}

/** Replaces this agent by the one that the controller has, and restarts it. Mounts and their daemons stay. */
export function updateAgent(agent: Agent): Handler<'updateAgent'> {
  return async ({ file, sha256, version, ...envelope }, call) => {
    const { installation } = agent
    if (installation === null) {
      throw new HoldfastError('unsupported', 'This agent is no service of its own: it is updated with what starts it.')
    }
    agent.policy().checkAgentUpdate()
    const wanted = { file, sha256, version }
    return agent.commands.run({ kind: 'updateAgent', envelope, args: wanted }, call.receivedAt, call.log, {
      async carryOut({ signal, log, hang }) {
        await installation.install(wanted, { signal, log, hang, deadlineAt: call.deadlineAt })
        installation.restartSoon()
        return { version, startedAt: agent.startedAt }
      },
    })
  }
}

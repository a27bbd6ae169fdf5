import { Runner } from '@/agent/host/exec/run'
import { readClipboard } from '@/agent/libvirt/clipboard-channel'
import { openScreen } from '@/agent/libvirt/screen'
import { openSerial, readSerialLog } from '@/agent/libvirt/serial'
import type { Handlers } from '@/agent/server/handlers'
import type { TunnelHandlers } from '@/agent/server/tunnels'
import type { Agent } from '@/agent/verbs/agent'

/** To ask libvirt; the caller's own patience is longer. */
const ASK_MS = 12_000

/** The verbs that make a tunnel. */
export function createTunnelHandlers(agent: Pick<Agent, 'policy'>): TunnelHandlers {
  return {
    openScreen({ machine }, signal) {
      agent.policy().checkScreens()
      const runner = new Runner({ deadlineAt: performance.now() + ASK_MS, signal })
      return openScreen((command, args, options) => runner.run(command, args, options), machine, signal)
    },
    openSerial({ machine }, signal) {
      agent.policy().checkScreens()
      const runner = new Runner({ deadlineAt: performance.now() + ASK_MS, signal })
      return openSerial((command, args, options) => runner.run(command, args, options), machine, signal)
    },
  }
}

export function serialLog(agent: Pick<Agent, 'policy'>): Handlers['readSerialLog'] {
  return ({ machine }, { deadlineAt, signal }) => {
    agent.policy().checkScreens()
    const runner = new Runner({ deadlineAt, signal })
    return readSerialLog((command, args, options) => runner.run(command, args, options), machine)
  }
}

export function clipboard(agent: Pick<Agent, 'policy'>): Handlers['readClipboard'] {
  return ({ machine }, { deadlineAt, signal }) => {
    agent.policy().checkScreens()
    const runner = new Runner({ deadlineAt, signal })
    return readClipboard((command, args, options) => runner.run(command, args, options), machine)
  }
}

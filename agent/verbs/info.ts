import { arch, hostname, release } from 'node:os'
import { HOST_DRIVERS } from '@/agent/backends/drivers'
import { hasSystemd, readFileSystems, readOsRelease, readPrivilege } from '@/agent/facts/host-facts'
import { Runner } from '@/agent/host/exec/run'
import { readLibvirt } from '@/agent/libvirt/facts'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { AGENT_VERSION } from '@/agent/version'
import { PROTOCOL_VERSION } from '@/lib/agent-protocol/verbs'

/** For a round of asking every tool; it goes on when the caller has his answer. */
const TOOLS_MS = 120_000
/** A controller must hear of the host even while its tools take their time. */
const WAIT_MS = 8_000

/** Everything a controller wants to know about this host and does not ask again soon. */
export function info(agent: Agent): Handler<'info'> {
  return async () => {
    const runner = new Runner({ deadlineAt: performance.now() + TOOLS_MS })
    const { id, name, version } = readOsRelease()
    const policy = agent.policy()
    const privilege = readPrivilege()
    const [tools, libvirt, disks, attachTargets] = await Promise.all([
      agent.tools.status(runner, WAIT_MS),
      readLibvirt((command, args, options) => runner.run(command, args, options)),
      privilege === 'root' ? agent.disks.status(WAIT_MS) : undefined,
      privilege === 'root' ? agent.workloads.targets(WAIT_MS) : undefined,
    ])
    return {
      agentVersion: AGENT_VERSION,
      protocolVersions: [PROTOCOL_VERSION],
      hostname: hostname(),
      distribution: { id, name, version },
      kernel: release(),
      architecture: arch(),
      privilege,
      systemd: hasSystemd(),
      guard: agent.guard(),
      drivers: Object.keys(HOST_DRIVERS),
      fileSystems: readFileSystems(),
      tools,
      libvirt,
      disks,
      attachTargets,
      policy: {
        mountRoots: [...policy.mountRoots],
        sourceRoots: [...policy.sourceRoots],
        drivers: policy.drivers && [...policy.drivers],
        networks: policy.networks && [...policy.networks],
      },
      canUpdate: agent.installation !== null && policy.allowsAgentUpdates,
      certificate: agent.certificates.current(),
      startedAt: agent.startedAt,
      now: new Date().toISOString(),
    }
  }
}

import type { ServerResponse } from 'node:http'
import type { Handlers } from '@/agent/server/handlers'
import protocol1 from '@/lib/agent-protocol/fixtures/protocol-v1.json'
import type { Resources } from '@/lib/agent-protocol/resources'
import { VERBS } from '@/lib/agent-protocol/verbs'

/** The verbs that agents of protocol 1 have. */
export const OPERATIONS_OF_PROTOCOL_1 = Object.fromEntries(
  Object.entries(VERBS).filter(([name]) => Object.hasOwn(protocol1.operations, name)),
)

function listsOf({ mount, connection }: Resources) {
  return { mounts: mount ?? [], connections: connection ?? [] }
}

/** The same answers as an agent of protocol 1 gives them. */
export function handlersOfProtocol1(handlers: Handlers): Handlers {
  const older = {
    info: async (...call: Parameters<Handlers['info']>) => {
      const {
        canUpdate: _canUpdate,
        libvirt: _libvirt,
        attachTargets: _targets,
        ...rest
      } = await handlers.info(...call)
      return { ...rest, protocolVersions: [1] }
    },
    status: async (...call: Parameters<Handlers['status']>) => {
      const { resources, jobs: _jobs, versions: _versions, ...rest } = await handlers.status(...call)
      return { ...rest, ...listsOf(resources) }
    },
    standing: async (...call: Parameters<Handlers['standing']>) => {
      const { resources, ...rest } = await handlers.standing(...call)
      return { ...rest, ...listsOf(resources) }
    },
  }
  return { ...handlers, ...older } as unknown as Handlers
}

/** Turns the messages of an event stream, on their way out, into those of protocol 1: connections always come all together. */
export function speakProtocol1(response: ServerResponse, allConnections: () => readonly unknown[]): void {
  const write = response.write.bind(response)
  const translate = (line: string): string => {
    const message = JSON.parse(line)
    if (message.type !== 'resources') return line
    const { at, resources, gone } = message
    const isAboutConnections = resources.connection !== undefined || gone?.connection !== undefined
    const connections = isAboutConnections ? { connections: allConnections() } : {}
    return `${JSON.stringify({ type: 'mounts', at, mounts: resources.mount ?? [], ...connections })}\n`
  }
  response.write = ((line: string) => write(translate(line))) as typeof response.write
}

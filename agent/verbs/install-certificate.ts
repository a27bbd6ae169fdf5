import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

export function installCertificate(agent: Agent): Handler<'installCertificate'> {
  return async ({ certificate, authorities }) => agent.certificates.install(certificate, authorities)
}

import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

export function requestCertificate(agent: Agent): Handler<'requestCertificate'> {
  return async () => agent.certificates.request()
}

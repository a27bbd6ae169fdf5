import type { Handler } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'

export function installCertificate(machine: Machine): Handler<'installCertificate'> {
  return async ({ certificate, authorities }) => machine.certificates.install(certificate, authorities)
}

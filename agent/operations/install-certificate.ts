import type { Machine } from '@/agent/operations/machine'
import type { Handler } from '@/agent/server/handlers'

export function installCertificate(machine: Machine): Handler<'installCertificate'> {
  return async ({ certificate, authorities }) => machine.certificates.install(certificate, authorities)
}

import type { Handler } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'

export function requestCertificate(machine: Machine): Handler<'requestCertificate'> {
  return async () => machine.certificates.request()
}

import type { Machine } from '@/agent/operations/machine'
import type { Handler } from '@/agent/server/handlers'

export function requestCertificate(machine: Machine): Handler<'requestCertificate'> {
  return async () => machine.certificates.request()
}

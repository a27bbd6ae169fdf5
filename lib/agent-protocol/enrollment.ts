import { z } from 'zod'
import { WireId } from '@/lib/agent-protocol/messages'

/** Enrolment: the only thing a host asks of the controller, on the controller's fleet port. */
export const ENROLL_PATH = '/v1/enroll'

export const EnrollRequest = z.strictObject({
  token: z.string().min(20).max(128),
  /** PKCS#10, PEM. Subject and SAN in it are ignored: the server chooses them. */
  csr: z.string().max(16_384),
  hostname: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/),
  /** Port on which the agent listens. */
  port: z.int().min(1).max(65_535),
  /** host or host:port to call it by; without it, the address that the request came from. */
  advertise: z.string().max(260).optional(),
  protocolVersions: z.array(z.int()),
})
export type EnrollRequest = z.infer<typeof EnrollRequest>

export const EnrollResponse = z.object({
  hostId: WireId('host'),
  installationId: z.string(),
  certificate: z.string(),
  /** PEM bundle of the fleet CA. */
  authorities: z.string(),
  /** The only client identity the agent may accept (URI SAN). */
  controllerIdentity: z.string(),
})
export type EnrollResponse = z.infer<typeof EnrollResponse>

export function hostIdentity(installationId: string, hostId: string): string {
  return `spiffe://${installationId}/host/${hostId}`
}

export function controllerIdentity(installationId: string): string {
  return `spiffe://${installationId}/controller`
}

import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { controllerIdentity, EnrollRequest, type EnrollResponse } from '@/lib/agent-protocol/enrollment'
import { hostWishes, type IssuedCertificate, TEST_INSTALLATION, type TestAuthority } from '@/testing/certificates'

export interface EnrollAnswer {
  status: number
  body: unknown
}

export interface FakeFleetPort {
  url: string
  /** Everything that was sent here, for tests that look for a token. */
  bodies: string[]
  close(): Promise<void>
}

/** What a controller answers to a good join request. */
export async function welcome(
  authority: TestAuthority,
  hostId: string,
  request: EnrollRequest,
  change: Partial<EnrollResponse> = {},
): Promise<EnrollAnswer> {
  const body: EnrollResponse = {
    hostId,
    installationId: TEST_INSTALLATION,
    certificate: await authority.sign(request.csr, hostWishes(hostId)),
    authorities: authority.certificate,
    controllerIdentity: controllerIdentity(TEST_INSTALLATION),
    ...change,
  }
  return { status: 200, body }
}

async function refuse(): Promise<EnrollAnswer> {
  return { status: 403, body: { error: { code: 'forbidden', message: 'Nobody joins here.' } } }
}

/**
 * The controller's fleet port as a host meets it: shows these certificates (PEM, leaf first), answers joins, and hands out the files
 * of the agent.
 */
export async function startFakeFleetPort(
  shown: IssuedCertificate,
  enroll: (request: EnrollRequest) => Promise<EnrollAnswer> = refuse,
  files: ReadonlyMap<string, Buffer> = new Map(),
): Promise<FakeFleetPort> {
  const bodies: string[] = []
  const server = createServer(
    { cert: shown.certificate, key: shown.key, minVersion: 'TLSv1.3' },
    (request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', async () => {
        if (request.method !== 'POST') {
          const file = files.get((request.url ?? '').replace('/v1/agent/', ''))
          response.writeHead(file ? 200 : 404).end(file)
          return
        }
        bodies.push(`${request.url} ${body}`)
        const answer = await enroll(EnrollRequest.parse(JSON.parse(body)))
        response.writeHead(answer.status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answer.body))
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

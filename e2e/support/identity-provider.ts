import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

export const CLIENT = { id: 'holdfast', secret: 'fake-client-secret-Canary7f3a' }

export interface Person {
  sub: string
  preferred_username?: string
  name?: string
  email?: string
  groups?: string[]
}

/** A real OpenID provider on loopback. Whoever is sent there is signed in as `person`, without being asked. */
export class IdentityProvider {
  readonly issuer: string
  readonly #server: Server
  readonly #people = new Map<string, Person>()
  #person: Person = { sub: 'nobody' }

  private constructor(server: Server) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(redirectUri: string): Promise<IdentityProvider> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const made = new IdentityProvider(server)
    made.#serve(redirectUri)
    return made
  }

  /** From now on this is who signs in, and what is said about them. */
  become(person: Person): void {
    this.#person = person
    this.#people.set(person.sub, person)
  }

  #serve(redirectUri: string): void {
    const provider = new Provider(this.issuer, {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'], groups: ['groups'] },
      cookies: { keys: ['fake-cookie-key'] },
      features: { devInteractions: { enabled: false } },
      findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, ...this.#people.get(sub) }) }),
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      loadExistingGrant: async ({ oidc }) => {
        const grant = new provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId })
        grant.addOIDCScope('openid profile email groups')
        await grant.save()
        return grant
      },
      pkce: { required: () => true },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    })
    const handle = provider.callback()
    this.#server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return handle(request, response)
      provider
        .interactionFinished(request, response, { login: { accountId: this.#person.sub } })
        .catch(() => response.writeHead(500).end())
    })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

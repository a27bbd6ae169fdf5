declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }
  interface Context {
    oidc: { session?: { accountId?: string }; client?: { clientId: string } }
  }
  interface Account {
    accountId: string
    claims(): Promise<Record<string, unknown> & { sub: string }>
  }
  interface Configuration {
    clients: { client_id: string; client_secret: string; redirect_uris: string[] }[]
    /** The claims of each scope. */
    claims: Record<string, string[]>
    cookies: { keys: string[] }
    features: { devInteractions: { enabled: boolean } }
    findAccount(context: Context, subject: string): Account
    interactions: { url(context: Context, interaction: { uid: string }): string }
    loadExistingGrant(context: Context): Promise<Grant>
    pkce: { required(): boolean }
    /** Seconds. */
    ttl: Record<string, number>
  }
  export default class Provider {
    constructor(issuer: string, configuration: Configuration)
    Grant: new (of: {
      clientId: string | undefined
      accountId: string | undefined
    }) => Grant
    callback(): RequestListener
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { login: { accountId: string } },
    ): Promise<void>
  }
}

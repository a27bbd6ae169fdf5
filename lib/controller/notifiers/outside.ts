import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { closedNetworks, localKind, networkMatcher } from '@/lib/networks'
import { connectionWords, type Outside, SendError } from '@/lib/notifiers/contract/sender'
import { pinnedRequest } from '@/lib/pinned-request'

export interface OutsideParts {
  /** Local networks that are open all the same, such as `127.0.0.1`. */
  opened: readonly string[]
  /** Addresses of a name; the resolver of this machine unless a test brings its own. */
  lookup?: (name: string) => Promise<string[]>
}

async function systemLookup(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}

/**
 * The way out for messages. Who may enter an address need not be allowed to reach what this machine can reach: a name is looked up once,
 * all of its addresses are checked, and the connection goes to one that was.
 */
export class GuardedOutside {
  readonly #isClosed: (address: string) => boolean
  readonly #lookup: (name: string) => Promise<string[]>

  constructor({ opened, lookup: ask = systemLookup }: OutsideParts) {
    this.#isClosed = networkMatcher(closedNetworks({ opened, denied: [] }))
    this.#lookup = ask
  }

  /** For one attempt, which ends with `signal`. */
  until(signal: AbortSignal): Outside {
    return {
      resolve: (host) => this.#resolve(host, signal),
      request: async ({ url: text, method, headers, body, ca }) => {
        const url = new URL(text)
        const address = await this.#resolve(url.hostname, signal)
        try {
          return await pinnedRequest({ url, address, method, headers, body, ca, signal })
        } catch (error) {
          if (signal.aborted) throw new SendError(`${url.host} did not answer in time.`)
          throw new SendError(`${url.host} cannot be reached: ${reasonOf(error)}.`, { cause: error })
        }
      },
    }
  }

  async #resolve(host: string, signal: AbortSignal): Promise<string> {
    const plain = host.replace(/^\[(.*)\]$/, '$1')
    const addresses = isIP(plain) === 0 ? await this.#find(plain, signal) : [plain]
    for (const address of addresses) {
      if (!this.#isClosed(address)) continue
      const what = localKind(address)?.replace('the host itself', 'this machine itself') ?? 'closed'
      throw new SendError(
        `${host} is ${address}: ${what}. Nothing is sent there; if it is meant, name it in HOLDFAST_NOTIFIER_NETWORKS of the controller.`,
      )
    }
    const [first] = addresses
    if (first === undefined) throw new SendError(`The name ${host} has no address.`)
    return first
  }

  async #find(name: string, signal: AbortSignal): Promise<string[]> {
    const late = Promise.withResolvers<never>()
    const stop = () => late.reject(new SendError(`The name ${name} was not found in time.`))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    try {
      return await Promise.race([this.#lookup(name), late.promise])
    } catch (error) {
      if (error instanceof SendError) throw error
      throw new SendError(`The name ${name} cannot be found: ${reasonOf(error)}.`, { cause: error })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

/** Of the system only its code, such as ECONNREFUSED: messages of errors may hold whole addresses. */
function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? connectionWords(code) : 'no answer'
}

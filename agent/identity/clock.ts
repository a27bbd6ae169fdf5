import { request } from 'node:https'
import type { Identity } from '@/agent/identity/identity'
import { CLOCK_CURE, CLOCK_WARNING_MS, span, whyNotValid } from '@/lib/agent-protocol/clock'
import { isAboutDates, shownCertificate } from '@/lib/server/shown-certificate'

const ANSWER_MS = 3_000

export interface ClockReport {
  /** null: the controller could not be asked. */
  isGood: boolean | null
  words: string
}

/**
 * Compares this host's clock with the controller's, by the date in an answer of its fleet port over TLS that trusts the fleet's CA
 * alone. A certificate that is refused for its dates says as much as the date does.
 */
export async function compareClocks(identity: Pick<Identity, 'controllerUrl' | 'authorities'>): Promise<ClockReport> {
  const url = new URL(identity.controllerUrl)
  const askedAt = Date.now()
  try {
    const theirs = await dateOf(url, identity.authorities)
    const difference = theirs - (askedAt + Date.now()) / 2
    // The date has whole seconds.
    if (Math.abs(difference) < CLOCK_WARNING_MS) return { isGood: true, words: "agrees with the controller's" }
    const sense = difference > 0 ? 'behind' : 'ahead of'
    const both = `this host says ${new Date().toISOString()}, the controller ${new Date(theirs).toISOString()}`
    return { isGood: false, words: `${span(difference)} ${sense} the controller's: ${both}. ${CLOCK_CURE}` }
  } catch (error) {
    const why = isAboutDates(error) ? await whyRefused(url, identity.authorities) : null
    if (why !== null) return { isGood: false, words: `the certificate of the controller ${why}` }
    const { code } = error as NodeJS.ErrnoException
    return { isGood: null, words: `not compared: ${url.host} does not answer (${code ?? 'no answer'})` }
  }
}

/** Milliseconds since 1970 by the controller's clock. */
function dateOf(url: URL, authorities: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const asked = request(new URL('/', url), {
    method: 'GET',
    agent: false,
    ca: authorities,
    minVersion: 'TLSv1.3',
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  asked.once('error', reject)
  asked.once('response', (response) => {
    response.destroy()
    const at = Date.parse(response.headers.date ?? '')
    if (Number.isNaN(at)) reject(new Error('no date'))
    else resolve(at)
  })
  asked.end()
  return promise
}

/** Why the certificate that the controller shows does not hold by this host's clock; null when that is not it. */
export async function whyRefused(url: URL, authorities: string): Promise<string | null> {
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443) }
  const shown = await shownCertificate(address, authorities, ANSWER_MS).catch(() => null)
  return shown && whyNotValid(shown, new Date(), 'this host')
}

import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import { requestOne } from '@/components/data/request'

/** Loaded when it is needed: most people never open it. */
const webauthn = () => import('@simplewebauthn/browser')

/** Why this page, as it is open here, has no passkeys; null where it has. */
export function whyNoPasskeys(rpId: string): string | null {
  const { hostname } = window.location
  if (hostname !== rpId && !hostname.endsWith(`.${rpId}`)) {
    return `Passkeys of this console belong to ${rpId}, and this page is open at ${hostname}. Open it under its own name.`
  }
  if (!window.isSecureContext) return 'Passkeys work over HTTPS alone, and this page is open without it.'
  if (!('PublicKeyCredential' in window)) return 'This browser has no passkeys.'
  return null
}

/** What the device answers to the options of the API, for the API. Throws in words for people, see {@link passkeyFailure}. */
export async function makePasskey(options: unknown): Promise<unknown> {
  const { startRegistration } = await webauthn()
  return startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON })
}

/** What a device of this person answers at sign-in, for `/api/auth/callback/passkey`. */
export async function askForPasskey(): Promise<string> {
  const [options, { startAuthentication }] = await Promise.all([
    requestOne<PublicKeyCredentialRequestOptionsJSON>('/api/v1/sign-in/passkey', { method: 'POST', body: {} }),
    webauthn(),
  ])
  return JSON.stringify(await startAuthentication({ optionsJSON: options }))
}

/** A failure of the device or the browser in words; undefined for one that is not theirs. */
export function passkeyFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'NotAllowedError' || error.name === 'AbortError') {
    return 'It was cancelled, took too long, or this device has no passkey for this console.'
  }
  if (error.name === 'InvalidStateError') return 'This device has a passkey for you already.'
  if (error.name === 'SecurityError') return 'The browser allows passkeys of this console only at its own address.'
  if (error.name === 'NotSupportedError' || error.name === 'ConstraintError') {
    return 'This device cannot keep a passkey that asks for a PIN, a finger or a face.'
  }
  return undefined
}

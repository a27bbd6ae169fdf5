import path from 'node:path'
import { root } from '@/e2e/support/product'

/** What the tests of one run share; the administrator is made by the journey and used by all that follows. */
export const ADMINISTRATOR = { username: 'admin', password: 'not-a-secret-0123456789' }

/** Cookies of the signed-in administrator. */
export const SIGNED_IN = path.join(root, 'test-results/console-session.json')

/** Screenshots of every page, for people to look at. */
export const SCREENSHOTS = path.join(root, 'test-results/screens')

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

export const productUrl = () => required('HOLDFAST_E2E_URL')
/** Where its database is: nobody can be asked for a past. */
export const stateDir = () => required('HOLDFAST_E2E_STATE_DIR')
export const setUpLink = () => required('HOLDFAST_E2E_SETUP_LINK')

/** A storage for the journey: values by the label of their field, first some that must fail the test, then the right ones. */
export interface JourneyStorage {
  /** Title of the type's card. */
  type: string
  wrong: Record<string, string>
  right: Record<string, string>
  /** Words that the advice for the wrong values must contain. */
  advice: string
  /** Host to mount on; without it the only one. */
  host?: string
}

/** From HOLDFAST_E2E_STORAGE (JSON), or a directory of this machine that the set-up made. */
export function journeyStorage(): JourneyStorage {
  return JSON.parse(required('HOLDFAST_E2E_STORAGE')) as JourneyStorage
}

import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { Said } from '@/client/said'

/** Which Holdfast this person uses, and as whom. */
export interface Profile {
  /** Origin, without a slash at its end. */
  url: string
  token: string
}

type Variables = Readonly<Record<string, string | undefined>>

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** The origin of an address. Throws for one that would show the token to the network. */
export function originOf(address: string): string {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Said(`"${address}" is no address of a Holdfast; it begins with https://.`)
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new Said(`${url.origin} would show your token to everybody on the way; use https://.`)
  }
  return url.origin
}

function fileOf(variables: Variables): string {
  const place =
    variables.XDG_CONFIG_HOME ??
    (process.platform === 'win32' ? variables.APPDATA : undefined) ??
    path.join(homedir(), '.config')
  return path.join(place, 'holdfast', 'client.json')
}

/** `HOLDFAST_URL` and `HOLDFAST_TOKEN` come before what `sign-in` has kept. Throws when there is neither. */
export function readProfile(variables: Variables): Profile {
  const { HOLDFAST_URL: url, HOLDFAST_TOKEN: token } = variables
  if (url && token) return { url: originOf(url), token }
  let kept: Partial<Profile>
  try {
    kept = JSON.parse(readFileSync(fileOf(variables), 'utf8'))
  } catch {
    throw new Said('You are not signed in. Run: holdfast sign-in https://holdfast.example')
  }
  if (typeof kept.url !== 'string' || typeof kept.token !== 'string') {
    throw new Said(`${fileOf(variables)} is damaged. Sign in again.`)
  }
  return { url: originOf(kept.url), token: kept.token }
}

/** Keeps it where only this user reads it; returns the file. */
export function keepProfile(profile: Profile, variables: Variables): string {
  const file = fileOf(variables)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  // A file that was there keeps its mode when it is written to.
  rmSync(file, { force: true })
  writeFileSync(file, `${JSON.stringify(profile)}\n`, { mode: 0o600, flag: 'wx' })
  chmodSync(file, 0o600)
  return file
}

export function forgetProfile(variables: Variables): void {
  rmSync(fileOf(variables), { force: true })
}

import { useEffect, useState } from 'react'

/** The token, out of the address: neither the address bar nor the history keeps it. */
export function takeToken({ location, history }: Pick<Window, 'location' | 'history'>): string {
  const { hash, pathname } = location
  if (hash !== '') history.replaceState(history.state, '', pathname)
  return hash.slice(1)
}

/** The token of the link that brought a person here; null until it is read, empty where the link has none. */
export function useLinkToken(): string | null {
  const [token, setToken] = useState<string | null>(null)
  // React may run this twice, and the second time the address has it no more.
  useEffect(() => setToken((known) => known ?? takeToken(window)), [])
  return token
}

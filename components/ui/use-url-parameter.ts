'use client'

import { useSearchParams } from 'next/navigation'
import { useCallback, useMemo } from 'react'

/** Replaces the address without a request to the server; an empty value removes its parameter. */
export function writeParameters(changes: Record<string, string>) {
  const url = new URL(window.location.href)
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value)
    else url.searchParams.delete(name)
  }
  window.history.replaceState(null, '', url)
}

/** One query parameter as state. */
export function useUrlParameter(name: string): [string, (value: string) => void] {
  const value = useSearchParams().get(name) ?? ''
  const set = useCallback((next: string) => writeParameters({ [name]: next }), [name])
  return [value, set]
}

/** Several query parameters as state. */
export function useUrlParameters(names: readonly string[]) {
  const search = useSearchParams()
  const text = search.toString()
  const list = names.join(',')
  const values = useMemo(() => {
    const parameters = new URLSearchParams(text)
    return Object.fromEntries(list.split(',').map((name) => [name, parameters.get(name) ?? '']))
  }, [text, list])
  return {
    values,
    set: (name: string, value: string) => writeParameters({ [name]: value }),
    clear: () => writeParameters(Object.fromEntries(names.map((name) => [name, '']))),
  }
}

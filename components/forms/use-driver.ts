import { use } from 'react'
import { useStorageTypes } from '@/components/layout/person'
import { loadDriver } from '@/lib/drivers/load-driver'
import type { AnyDescriptor } from '@/lib/drivers/registry'

/** All that a page knows of a storage type, fetched when it is needed: suspends until then. Null for a type that there is not. */
export function useDriver(type: string): AnyDescriptor | null {
  const isKnown = useStorageTypes().some(({ id }) => id === type)
  return isKnown ? use(loadDriver(type)) : null
}

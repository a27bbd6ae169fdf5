import type { AnyDescriptor } from '@/lib/drivers/registry'

const loading = new Map<string, Promise<AnyDescriptor>>()

/**
 * The descriptor of one storage type, for a page: `registry.ts` would bring those of all types along. The same promise for the same
 * type. `id` is one of a registered type.
 */
export function loadDriver(id: string): Promise<AnyDescriptor> {
  const known = loading.get(id)
  if (known !== undefined) return known
  const found = import(`./${id}/descriptor.ts`).then((module: Record<string, AnyDescriptor>) => {
    const descriptor = Object.values(module).find((exported) => exported.id === id)
    if (descriptor === undefined) throw new Error(`lib/drivers/${id}/descriptor.ts does not define the type ${id}.`)
    return descriptor
  })
  // What failed on the way, such as a lost connection, is tried again when it is asked for again.
  found.catch(() => loading.delete(id))
  loading.set(id, found)
  return found
}

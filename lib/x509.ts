/**
 * Loads @peculiar/x509. The library's dependency injection wants the three functions below on `Reflect` (the `reflect-metadata`
 * polyfill); nothing else here does, so this is all of that polyfill that it needs. Import it only through this function.
 */
export function loadX509(): Promise<typeof import('@peculiar/x509')> {
  if (!('getMetadata' in Reflect)) {
    const store = new WeakMap<object, Map<unknown, unknown>>()
    const getOwnMetadata = (key: unknown, target: object) => store.get(target)?.get(key)
    Object.assign(Reflect, {
      getOwnMetadata,
      getMetadata(key: unknown, target: object) {
        for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
          const value = getOwnMetadata(key, at)
          if (value !== undefined) return value
        }
        return undefined
      },
      defineMetadata(key: unknown, value: unknown, target: object) {
        const own = store.get(target) ?? new Map<unknown, unknown>()
        store.set(target, own.set(key, value))
      },
    })
  }
  return import('@peculiar/x509')
}

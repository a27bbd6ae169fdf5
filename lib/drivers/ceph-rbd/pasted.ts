import type { TakenApart } from '@/lib/drivers/contract/taken-apart'

/** Whose key it is: in a keyring file, in what `ceph auth get` prints, and in the same as JSON. */
const OWNER =
  /(?:^[ \t]*\[client\.|"entity"\s*:\s*"client\.|^client\.)([A-Za-z0-9_][A-Za-z0-9_.-]*)(?:\]|"|[ \t\r]*$)/gm

function ownerIn(keyring: string): string | undefined {
  const [first, ...more] = [...keyring.matchAll(OWNER)].map(([, name]) => name)
  return more.length > 0 ? undefined : first
}

/** A list of monitors, as other APIs have it; a keyring with the name of its user; and spaces around a name, which none has. */
export function takeCephApart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  const { monitors, keyring, keyring_path: path } = flat
  const isList = Array.isArray(monitors) && monitors.every((monitor) => typeof monitor === 'string')
  const user = typeof keyring === 'string' ? ownerIn(keyring) : undefined
  return [
    ...(isList ? [{ field: 'monitors', gives: { monitors: monitors.join(',') } }] : []),
    // No key is read from a host: it has to be entered.
    ...(path === undefined ? [] : [{ field: 'keyring_path', gives: {} }]),
    ...(user === undefined ? [] : [{ field: 'keyring', gives: { keyring: String(keyring), user } }]),
    ...['pool', 'namespace', 'user'].flatMap((field): TakenApart[] => {
      const text = flat[field]
      const isTidy = typeof text !== 'string' || text === text.trim()
      return isTidy ? [] : [{ field, gives: { [field]: text.trim() } }]
    }),
  ]
}

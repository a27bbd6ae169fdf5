import type { MountOption } from '@/lib/drivers/contract/mount-request'

/** `{ vers: '4.2', hard: true, port: undefined }` as options, in its order: true is a flag, what is undefined or false is left out. */
export function mountOptions(given: Readonly<Record<string, string | number | boolean | undefined>>): MountOption[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined || value === false) return []
    return value === true ? [{ name }] : [{ name, value: String(value) }]
  })
}

/** `vers=4.2`, as mount(8) takes it and mountinfo shows it. */
export function optionWord({ name, value }: MountOption): string {
  return value === undefined ? name : `${name}=${value}`
}

/** The reverse. */
export function optionOf(word: string): MountOption {
  const at = word.indexOf('=')
  return at < 0 ? { name: word } : { name: word.slice(0, at), value: word.slice(at + 1) }
}

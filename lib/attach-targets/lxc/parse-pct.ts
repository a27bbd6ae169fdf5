import type { FoundStorage, FoundWorkload } from '@/lib/attach-targets/contract/target'

export interface ListedOfProxmox {
  id: string
  state: FoundWorkload['state']
}

/** Lines of `pct list`: `VMID Status [Lock] Name`, with a heading. What stands in the last columns may be empty. */
export function parsePctList(text: string): ListedOfProxmox[] {
  return text.split('\n').flatMap((line) => {
    const [, id, word] = /^\s*([1-9]\d{0,9})\s+([a-z]+)\b/.exec(line) ?? []
    if (id === undefined) return []
    return [{ id, state: word === 'running' ? 'running' : word === 'stopped' ? 'stopped' : 'changing' }]
  })
}

/** What `pct config` prints: `KEY: VALUE`; a text of several lines is one line there. */
export function parsePctConfig(text: string): Pick<FoundWorkload, 'image' | 'storage'> & { hostname: string | null } {
  const entries = text.split('\n').flatMap((line): [string, string][] => {
    const [, key, value] = /^([a-z]+\d*): (.*)$/.exec(line) ?? []
    return key === undefined || value === undefined ? [] : [[key, value]]
  })
  const settings = new Map(entries)
  return {
    hostname: settings.get('hostname') || null,
    image: settings.get('ostype') || null,
    storage: entries.flatMap(([key, value]) => (/^(?:rootfs|mp\d+)$/.test(key) ? mountPoint(key, value) : [])),
  }
}

/** `VOLUME[,mp=PATH][,ro=1]…`, where the volume is a path, a device, or `STORAGE:NAME` of Proxmox. */
function mountPoint(key: string, value: string): FoundStorage[] {
  const [first = '', ...rest] = value.split(',')
  const options = new Map(rest.map((option) => splitAt(option, '=')))
  const volume = first.replace(/^volume=/, '')
  const target = key === 'rootfs' ? '/' : (options.get('mp') ?? '')
  if (volume === '' || target === '') return []
  const isPath = volume.startsWith('/')
  const kind = !isPath ? 'volume' : volume.startsWith('/dev/') ? 'disk' : 'bind'
  const [source, name] = isPath ? [volume, null] : [null, volume]
  return [{ kind, source, name, target, isReadOnly: options.get('ro') === '1' }]
}

function splitAt(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + sign.length)]
}

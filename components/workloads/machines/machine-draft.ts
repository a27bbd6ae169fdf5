/** What is typed so far. `key` tells rows apart while some are taken away. */
export interface MachineDraft {
  hostId: string
  name: string
  cpus: string
  /** MiB */
  memory: string
  firmware: string
  /** `network default`, `bridge br0`; empty: none. */
  network: string
  disks: DiskRow[]
  /** `pol_… debian.iso`; empty: no drive. */
  iso: string
  screen: boolean
  serial: boolean
  clipboard: boolean
  guestAgent: boolean
  start: boolean
}
export interface DiskRow {
  key: number
  volumeId: string
  bus: string
}

export const EMPTY: MachineDraft = {
  ...{ hostId: '', name: '', cpus: '2', memory: '2048', firmware: 'bios', network: '', disks: [], iso: '' },
  ...{ screen: true, serial: true, clipboard: false, guestAgent: true, start: true },
}

/** Another host offers other things. */
export function onHost(draft: MachineDraft, hostId: string): MachineDraft {
  return { ...draft, hostId, firmware: EMPTY.firmware, network: '', disks: [], iso: '', clipboard: false }
}

/** One value of a list that names two things; the second may have blanks in it. */
export function pairOf(text: string): [string, string] {
  const at = text.indexOf(' ')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** As the API is asked. */
export function bodyOf(draft: MachineDraft) {
  const { hostId, name, cpus, memory, firmware, network, disks, iso, screen, serial, clipboard, start } = draft
  const [kind, net] = pairOf(network)
  const [poolId, template] = pairOf(iso)
  return {
    ...{ host_id: hostId, name, cpus: Number(cpus), memory_mib: Number(memory), firmware },
    disks: disks.map(({ volumeId, bus }) => ({ volume_id: volumeId, bus })),
    ...(network === '' ? {} : { network: { kind, name: net } }),
    ...(iso === '' ? {} : { iso: { pool_id: poolId, template } }),
    ...{ screen, serial, clipboard: clipboard && screen, guest_agent: draft.guestAgent, start },
  }
}

/** What is missing, by the names that the API has for the fields. */
export function missingIn({ hostId, name, cpus, memory, disks }: MachineDraft): ReadonlyMap<string, string> {
  const isNumber = (text: string) => /^\d{1,8}$/.test(text) && Number(text) >= 1
  const ids = disks.map(({ volumeId }) => volumeId)
  const found: [boolean, string, string][] = [
    [hostId === '', 'host_id', 'Choose the host.'],
    [name === '', 'name', 'Give it a name.'],
    [!isNumber(cpus), 'cpus', 'A whole number, 1 or more.'],
    [!isNumber(memory) || Number(memory) < 64, 'memory_mib', 'A whole number of MiB, 64 or more.'],
    ...ids.map((id, at): [boolean, string, string] => [
      id === '' || ids.indexOf(id) !== at,
      `disks.${at}.volume_id`,
      id === '' ? 'Choose the volume, or take the row away.' : 'It is here twice.',
    ]),
  ]
  return new Map(found.flatMap(([isMissing, field, words]) => (isMissing ? [[field, words] as const] : [])))
}

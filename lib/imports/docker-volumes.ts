import { z } from 'zod'
import { bracketed } from '@/lib/drivers/grammar'
import {
  entryOfMount,
  type ImportEntry,
  MAX_STORAGES,
  type ReadImport,
  refusedImport,
  showable,
  TOO_MANY,
} from '@/lib/imports/entry'

const Volume = z.object({
  Name: z.string().max(255),
  Driver: z.string().max(255).default('local'),
  Options: z.record(z.string(), z.string().max(4096)).nullish(),
})

/** What `docker volume inspect` prints. Never throws. */
export function readDockerVolumes(json: unknown): ReadImport {
  const list = Array.isArray(json) ? json : [json]
  if (list.length === 0) return refusedImport('This list of volumes is empty.')
  if (list.length > MAX_STORAGES) return refusedImport(TOO_MANY)
  return { entries: list.map(entryOfVolume), problems: [], isRefused: false }
}

/** One volume, also as a Compose file has it. */
export function entryOfVolume(given: unknown, index: number): ImportEntry {
  const parsed = Volume.safeParse(given)
  if (!parsed.success) {
    const shared = { line: null, name: `volume ${index + 1}`, type: null, problems: [] }
    return { ...shared, kind: 'refused', reason: 'It is not as "docker volume inspect" prints it.' }
  }
  const { Name, Driver, Options } = parsed.data
  const shared = { line: null, name: showable(Name), type: showable(Options?.type) || showable(Driver), problems: [] }
  if (Driver !== 'local') {
    const reason = `It is made by the volume plugin "${showable(Driver)}"; only volumes of the driver "local" say what they mount.`
    return { ...shared, type: showable(Driver), kind: 'other', reason }
  }
  const { type = '', o = '', device = '' } = Options ?? {}
  if (device === '') return { ...shared, kind: 'other', reason: 'It is a directory of Docker itself, not a storage.' }
  const options = optionsIn(o).filter((option) => option !== '')
  const source = sourceOf(type, device, options)
  // What has become a part of the source is not lost.
  const isSource = (option: string) => type.startsWith('nfs') && option.startsWith('addr=')
  return entryOfMount(shared, { fsType: type, source, options: options.filter((option) => !isSource(option)) })
}

/** Two commas in a password are one of it, as the kernel reads them. */
function optionsIn(text: string): string[] {
  const words = text.match(/(?<=^|,)\s*(?:pass(?:word)?=(?:[^,]|,,)*|[^,]+)/g) ?? []
  return words.map((word) => (/^\s*pass/.test(word) ? word.trimStart().replaceAll(',,', ',') : word.trim()))
}

/** Docker resolves the server itself: `device` is `:/export` then, and `addr` in the options the server. */
function sourceOf(type: string, device: string, options: readonly string[]): string {
  const address = options.find((option) => option.startsWith('addr='))?.slice('addr='.length) ?? ''
  if (!type.startsWith('nfs') || address === '') return device
  const path = device.replace(/^(?:\[[^\]]*\]|[^:/]*):/, '')
  return `${bracketed(address)}:${path}`
}

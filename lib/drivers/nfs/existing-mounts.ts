import type { z } from 'zod'
import type { ExistingMounts, FoundMount } from '@/lib/drivers/contract/existing-mount'
import { withoutTrailingSlash } from '@/lib/drivers/grammar'
import { NfsConfig } from '@/lib/drivers/nfs/config'
import { NFS_OPTIONS, ONLY_VERSION_3, versionIn } from '@/lib/drivers/nfs/option-words'
import { splitNfsSource } from '@/lib/drivers/nfs/source'
import { optionWordOf } from '@/lib/drivers/options/option-table'
import { readOptions } from '@/lib/drivers/options/read-options'
import { forbidsPrograms } from '@/lib/drivers/options/system-words'

type Version = z.infer<typeof NfsConfig>['version']

/** Of one line: without a word about it, mount.nfs asks for the highest, and mount.nfs4 for the highest of 4. */
function versionOfLine({ fsType, options }: Pick<FoundMount, 'fsType' | 'options'>): Version {
  return versionIn(options) ?? (fsType === 'nfs4' ? '4' : 'auto')
}

function allowsVersion(wanted: Version, inForce: Version): boolean {
  return wanted === 'auto' || wanted === inForce || (wanted === '4' && inForce.startsWith('4'))
}

/** The kernel shows `tcp6` to a server with an address of that kind. */
function allows(field: string, wanted: unknown, inForce: unknown): boolean {
  if (field === 'version') return allowsVersion(wanted as Version, inForce as Version)
  return field === 'proto' && wanted === 'tcp' && inForce === 'tcp6'
}

/** What is in force, unless the line of fstab says that it may be another one next time. */
function versionOf({ fsType, options, from, line }: FoundMount): Version {
  if (from === 'fstab') return versionOfLine({ fsType, options })
  const inForce = versionIn(options)
  const wanted = line === undefined ? undefined : versionOfLine(line)
  if (inForce === undefined) return wanted ?? (fsType === 'nfs4' ? '4' : 'auto')
  return wanted !== undefined && allowsVersion(wanted, inForce) ? wanted : inForce
}

/** Seconds that apply where nothing is said. */
const CACHE_TIMES = { acregmin: '3', acregmax: '60', acdirmin: '30', acdirmax: '60' }

/** The kernel shows `actimeo` as the four times that it stands for, without those that are the usual ones. */
function withActimeo(options: readonly string[]): readonly string[] {
  const words = options.map(optionWordOf)
  const times = words.filter(({ name }) => Object.hasOwn(CACHE_TIMES, name))
  const all = { ...CACHE_TIMES, ...Object.fromEntries(times.map(({ name, value }) => [name, value])) }
  const [first, ...more] = new Set(Object.values(all))
  if (times.length === 0 || more.length > 0) return options
  const others = words.filter((word) => !times.includes(word)).map(({ text }) => text)
  return [...others, `actimeo=${first}`]
}

function withOneTime({ options, line, ...found }: FoundMount): FoundMount {
  const shown = { ...found, options: withActimeo(options) }
  return line === undefined ? shown : { ...shown, line: { ...line, options: withActimeo(line.options) } }
}

const NFS_PORT = 2049

/** A mount helper encrypts on the way: the kernel speaks to a port of this host, and the helper with the server. */
function isTunnel(server: string, { from, options, line }: FoundMount): boolean {
  if (from === 'fstab' || line !== undefined || !isOwnHost(server)) return false
  const port = options.find((option) => option.startsWith('port='))?.slice('port='.length)
  return port !== undefined && Number(port) !== NFS_PORT
}

function isOwnHost(server: string): boolean {
  return /^(?:localhost|127(?:[.]\d{1,3}){3}|::1)$/i.test(server)
}

export const nfsExistingMounts: ExistingMounts = {
  fsTypes: ['nfs', 'nfs4'],
  read(found) {
    const place = splitNfsSource(found.source)
    if (place === null) return { reason: 'The source is not of the form server:/export.' }
    if (isTunnel(place.server, found))
      return {
        reason: `${place.server} is this host itself: a program here, such as the mount helper of Amazon EFS, hands the requests on to a server that the kernel does not know. It stays as it is.`,
        isForeign: true,
      }
    const meaning = { table: NFS_OPTIONS, schema: NfsConfig, allows }
    const { taken, leftOut, refusal } = readOptions(withOneTime(found), meaning)
    if (refusal !== null) return { reason: refusal }
    const version = versionOf(found)
    if (found.line?.fsType === 'nfs4' && version === '3')
      return { reason: 'Its line in /etc/fstab has the type nfs4, and version 3 is in force: correct the line first.' }
    if (found.from === 'fstab' && found.fsType === 'nfs4' && version === '3')
      return { reason: 'The type nfs4 and version 3 contradict each other.' }
    const settings: Record<string, unknown> = { ...taken, version }
    const unmeant = version.startsWith('4') ? ONLY_VERSION_3.filter((word) => settings[word] === true) : []
    for (const word of unmeant) delete settings[word]
    if (forbidsPrograms(found.options)) settings.noexec = true
    return {
      config: { server: place.server, export_path: withoutTrailingSlash(place.path), ...settings },
      needs: [],
      leftOut: [...leftOut, ...unmeant.filter((word) => !leftOut.includes(word))],
    }
  },
}

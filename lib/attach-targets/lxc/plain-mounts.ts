import type { FoundMount } from '@/lib/attach-targets/contract/mounts'
import type { FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { type ConfigFile, readConfig, writeConfig } from '@/lib/attach-targets/lxc/config-file'
import { type IdMap, parseIdMap, proofCommand, provenEntry } from '@/lib/attach-targets/lxc/ids'
import { type MountWay, planFor, proofNote, requireFree, requireNotByHand } from '@/lib/attach-targets/lxc/mount-way'
import { entryLine, type OwnEntry, ownEntries, withEntries } from '@/lib/attach-targets/lxc/own-block'
import { commandLine } from '@/lib/drivers/command-line'

const REST = 'Everything else in its configuration, byte for byte.'
const AT_START =
  'LXC gives a container its mounts when it starts. One that runs sees the change after a stop and a start; a restart from inside is not enough.'

/** By lines of our own in the configuration of the container. */
export const plainMounts: MountWay = {
  async planAttach(host, found, mount) {
    const { file, own } = await open(host, found)
    const has = isGiven(own, mount)
    if (!has) requirePlace(found, own, mount.inside)
    const map = await idMapOf(host, found.nativeId)
    const tried = { ...entryOf(mount), isMapped: map !== null }
    return {
      ...planFor(found),
      commands: has ? [] : [commandLine(proofCommand(tried, map, mount.attachmentId))],
      specification: `# ${file.path}\nlxc.mount.entry = ${entryLine(tried)}\n`,
      keeps: [REST],
      notes: [proofNote(map, mount, true), ...(found.state === 'stopped' ? [] : [AT_START])],
    }
  },
  async planDetach(host, found, { inside }) {
    const { file, own } = await open(host, found)
    const gone = own.find((entry) => entry.inside === inside)
    if (gone === undefined) requireNotByHand(found, inside)
    return {
      ...planFor(found),
      commands: [],
      specification: gone === undefined ? null : `# Taken out of ${file.path}\nlxc.mount.entry = ${entryLine(gone)}\n`,
      keeps: [REST, `The directory ${inside} of the container itself, which was under it.`],
      notes: found.state === 'stopped' ? [] : [AT_START],
    }
  },
  async attach(host, found, mount, log) {
    const { file, own } = await open(host, found)
    if (isGiven(own, mount)) return false
    requirePlace(found, own, mount.inside)
    const how = { ways: [true, false], mark: mount.attachmentId }
    const entry = await provenEntry(host, entryOf(mount), await idMapOf(host, found.nativeId), how)
    const owners = entry.isMapped ? 'owners are mapped to the container' : 'owners are as they are'
    log(`Its root can ${mount.readOnly ? 'read' : 'read and write'} ${entry.source}; ${owners}.`)
    const others = own.filter(({ inside }) => inside !== mount.inside)
    await writeConfig(host, file, withEntries(file.text, [...others, entry]))
    log(`${file.path}: lxc.mount.entry = ${entryLine(entry)}`)
    return false
  },
  async detach(host, found, { inside }, log) {
    const { file, own } = await open(host, found)
    const left = own.filter((entry) => entry.inside !== inside)
    if (left.length === own.length) {
      requireNotByHand(found, inside)
      return false
    }
    await writeConfig(host, file, withEntries(file.text, left))
    log(`${file.path}: ${inside} was taken out.`)
    return false
  },
}

async function open(host: TargetHost, found: FoundWorkload): Promise<{ file: ConfigFile; own: OwnEntry[] }> {
  const file = await readConfig(host, found.nativeId)
  return { file, own: ownEntries(file.text) }
}

async function idMapOf(host: TargetHost, name: string): Promise<IdMap | null> {
  const { stdout } = await host.run('lxc-info', [`--name=${name}`, '--no-humanize', '--config=lxc.idmap'])
  return parseIdMap(stdout.split('\n'))
}

function entryOf({ path, inside, readOnly }: FoundMount): Omit<OwnEntry, 'isMapped'> {
  return { source: path, inside, readOnly }
}

function isGiven(own: readonly OwnEntry[], { path, inside, readOnly }: FoundMount): boolean {
  return own.some((entry) => entry.inside === inside && entry.source === path && entry.readOnly === readOnly)
}

/** What is ours at the place is replaced. */
function requirePlace(found: FoundWorkload, own: readonly OwnEntry[], inside: string): void {
  if (!own.some((entry) => entry.inside === inside)) requireFree(found, inside)
}

import type { MountPlanMessage } from '@/lib/agent-protocol/workload-mounts'
import {
  type FoundMount,
  insideTaken,
  type MountCall,
  type MountedWorkload,
  type MountTaking,
  type PlacedMount,
} from '@/lib/attach-targets/contract/mounts'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import {
  directoryAt,
  directoryXml,
  hasSharedMemory,
  type SharedDirectory,
  withDirectory,
  withoutDirectory,
} from '@/lib/attach-targets/libvirt/shared-directories'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { isAtLeast } from '@/lib/libvirt/versions'
import { Secret } from '@/lib/secret'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** libvirt starts virtiofsd since then. */
const SINCE = '6.2.0'
/** And has it refuse writes. */
const READ_ONLY_SINCE = '11.0.0'
const AT_START =
  'libvirt gives a machine its directories when it starts. One that runs sees the change after it was shut down and started; a restart from inside is not enough.'

/** As `virtiofs`, in the definition of a machine: now for its next start. */
export function libvirtMounts(uri = SYSTEM_LIBVIRT): MountTaking {
  return {
    async planAttach(host, nativeId, mount) {
      const machine = await open(host, uri, nativeId)
      const has = directoryAt(machine.xml, mount.inside)
      const next = await changedFor(host, uri, machine, mount)
      return {
        ...planFor(machine),
        commands: next === null ? [] : [define(uri)],
        specification: directoryXml(directoryOf(mount)),
        keeps: ['Everything else in its definition, to the letter.'],
        notes: [
          ...(has !== null || hasSharedMemory(machine.xml)
            ? []
            : ['The memory of the machine is shared with virtiofsd from then on (memoryBacking: memfd, shared).']),
          `Inside: mount -t virtiofs ${mount.inside} /mnt/${mount.inside}. Owners and rights are those of the host.`,
          'A machine with it cannot be saved or moved while it runs, where libvirt and virtiofsd are too old for that.',
          ...(machine.isActive ? [AT_START] : []),
        ],
      }
    },
    async planDetach(host, nativeId, mount) {
      const machine = await open(host, uri, nativeId)
      const gone = requireOurs(machine, mount)
      return {
        ...planFor(machine),
        commands: gone === null ? [] : [define(uri)],
        specification: gone === null ? null : directoryXml(gone),
        keeps: ['Everything else in its definition, to the letter; its memory stays shared.'],
        notes: machine.isActive ? [AT_START] : [],
      }
    },
    async attach(host, nativeId, mount, call) {
      const machine = await open(host, uri, nativeId)
      const next = await changedFor(host, uri, machine, mount)
      if (next !== null) await save(host, uri, next, call)
      return done(nativeId)
    },
    async detach(host, nativeId, mount, call) {
      const machine = await open(host, uri, nativeId)
      if (requireOurs(machine, mount) !== null) await save(host, uri, withoutDirectory(machine.xml, mount.inside), call)
      return done(nativeId)
    },
  }
}

interface Machine {
  /** Of its next start. */
  xml: string
  isActive: boolean
}

/** Throws `not_found`, and `conflict` for one that is gone when it stops. */
async function open(host: TargetHost, uri: string, uuid: string): Promise<Machine> {
  if (!UUID.test(uuid)) throw new HoldfastError('invalid_input', 'This is no UUID of a machine.')
  try {
    const { stdout: now } = await virsh(host, uri, ['dumpxml', '--domain', uuid])
    const { isActive } = parseDomain(now)
    const { stdout: kept } = await virsh(host, uri, ['list', '--all', '--persistent', '--uuid'])
    if (!kept.split(/\s+/).includes(uuid))
      throw new HoldfastError('conflict', 'libvirt forgets this machine when it stops: define it first.')
    // A definition that is given back without its passwords would lose them.
    const { stdout: xml } = await virsh(host, uri, ['dumpxml', '--domain', uuid, '--inactive', '--security-info'])
    return { xml, isActive }
  } catch (error) {
    if (error instanceof CommandError && /^error: failed to get domain/m.test(error.stderr))
      throw new HoldfastError('not_found', 'libvirt on this host has no such machine any more.', { cause: error })
    throw error
  }
}

/** Null: it has it already. */
async function changedFor(host: TargetHost, uri: string, machine: Machine, mount: FoundMount): Promise<string | null> {
  const wanted = directoryOf(mount)
  const has = directoryAt(machine.xml, mount.inside)
  if (has !== null && has.source === wanted.source && has.readOnly === wanted.readOnly) return null
  if (has !== null)
    throw insideTaken(mount.inside, `The machine has ${has.source} under this tag already: choose another one.`)
  await requireVersion(host, uri, wanted)
  return withDirectory(machine.xml, wanted)
}

async function requireVersion(host: TargetHost, uri: string, { readOnly }: SharedDirectory): Promise<void> {
  const { stdout } = await virsh(host, uri, ['version', '--daemon'])
  const version = /^Running against daemon: (\d+(?:\.\d+)+)/m.exec(stdout)?.[1] ?? null
  const has = version === null ? 'libvirt of a version that it does not tell' : `libvirt ${version}`
  if (!isAtLeast(version, SINCE))
    throw new HoldfastError('unsupported', `virtiofs needs libvirt ${SINCE} or newer, and this host has ${has}.`)
  if (readOnly && !isAtLeast(version, READ_ONLY_SINCE))
    throw new HoldfastError(
      'unsupported',
      `A machine can be given a directory read-only from libvirt ${READ_ONLY_SINCE} on, and this host has ${has}: its writes would go through. Update libvirt.`,
    )
}

/** Null: gone already. Throws `conflict` for what another hand has put there. */
function requireOurs({ xml }: Machine, { inside, path }: PlacedMount): SharedDirectory | null {
  const has = directoryAt(xml, inside)
  if (has === null || path === null || has.source === path) return has
  throw new HoldfastError(
    'conflict',
    `What the machine has under the tag ${inside} is ${has.source}, which is not what was given to it from here: take it out there.`,
  )
}

async function save(host: TargetHost, uri: string, xml: string, { log, secretFile }: MountCall): Promise<void> {
  log(`$ ${define(uri)}`)
  const file = await secretFile(new Secret(xml))
  try {
    await virsh(host, uri, ['define', '--file', file.path])
  } finally {
    await file.done()
  }
}

function directoryOf({ path, inside, readOnly }: FoundMount): SharedDirectory {
  return { source: path, tag: inside, readOnly }
}

function planFor({ isActive }: Machine): Pick<MountPlanMessage, 'isRunning' | 'effect' | 'losses' | 'refusal'> {
  return { isRunning: isActive, effect: 'next-start', losses: [], refusal: null }
}

function done(nativeId: string): MountedWorkload {
  return { nativeId, isLive: false, isKept: true }
}

function define(uri: string): string {
  return `virsh --connect ${uri} define --file machine.xml`
}

function virsh(host: TargetHost, uri: string, args: readonly string[]) {
  return host.run('virsh', ['--quiet', '--connect', uri, ...args])
}

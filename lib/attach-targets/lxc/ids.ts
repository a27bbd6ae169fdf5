import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { entryLine, type OwnEntry } from '@/lib/attach-targets/lxc/own-block'
import { commandLine } from '@/lib/drivers/command-line'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'

const PROOF_MS = 30_000
/** It is covered for the container of the proof alone. */
const PLACE = '/tmp'

/** Who the users of a container are on the host. */
export interface IdMap {
  /** As `lxc.idmap` has them. */
  lines: readonly string[]
  /** The root of the container. */
  uid: number
  gid: number
}

/** Values of `lxc.idmap`. Null: none, so its root is that of the host. */
export function parseIdMap(values: readonly string[]): IdMap | null {
  const lines = values
    .map((line) => line.trim().replace(/^lxc\.idmap = /, ''))
    .filter((line) => /^[ug] \d+ \d+ \d+$/.test(line))
  if (lines.length === 0) return null
  const rootOf = (kind: string) => {
    for (const line of lines) {
      const [which, inside = 0, outside = 0, count = 0] = line
        .split(' ')
        .map((word, at) => (at === 0 ? word : Number(word)))
      if (which === kind && Number(inside) === 0 && Number(count) > 0) return Number(outside)
    }
    throw new HoldfastError('conflict', 'Its lxc.idmap gives its root no user of this host.')
  }
  return { lines, uid: rootOf('u'), gid: rootOf('g') }
}

interface Proof {
  canRead: boolean
  canWrite: boolean
  /** What the tools said. */
  said: string
}

const SCRIPT =
  'cd "$1" && ls -U >/dev/null && echo can-read; f="$1/.holdfast-proof-$2"; (echo proof >"$f") && [ "$(cat "$f")" = proof ] && rm "$f" && echo can-write'

/** What starts a container of nothing but a shell, with this map and this mount: what `PLACE` can be used for in there, any other can. */
export function proofCommand(entry: OwnEntry, map: IdMap | null, mark: string): { command: string; args: string[] } {
  const settings = [
    'lxc.console.path=none',
    'lxc.net.0.type=empty',
    'lxc.apparmor.profile=unconfined',
    ...(map?.lines.map((line) => `lxc.idmap=${line}`) ?? []),
    // Without a root of its own its place is one of the host.
    `lxc.mount.entry=${entryLine({ ...entry, inside: `/${PLACE}` })}`,
  ]
  const name = `--name=holdfast-proof-${mark}`
  const defined = settings.map((setting) => `--define=${setting}`)
  const shell = ['/bin/sh', '-c', SCRIPT, 'sh', PLACE, mark]
  return { command: 'lxc-start', args: [name, '--rcfile=/dev/null', '--foreground', ...defined, '--', ...shell] }
}

/** Reads and writes as the container's root would. What the shell gave back LXC does not tell, so it says it. */
async function prove(host: TargetHost, entry: OwnEntry, map: IdMap | null, mark: string): Promise<Proof> {
  const { command, args } = proofCommand(entry, map, mark)
  const { stdout, stderr } = await host
    .run(command, args, { timeoutMs: PROOF_MS, okExitCodes: [0, 1] })
    .catch((error: unknown) => {
      if (error instanceof CommandError) return error
      throw error
    })
  const said = stderr.trim().split('\n').slice(-3).join('\n')
  return { canRead: stdout.includes('can-read'), canWrite: stdout.includes('can-write'), said }
}

/**
 * The way in which the container's root can use the directory, tried there: owners mapped to the numbers of the container, where the kernel
 * and the file system can do that (`true` of `ways`), else as they are. Throws `conflict` with the reason and what helps.
 */
export async function provenEntry(
  host: TargetHost,
  entry: Omit<OwnEntry, 'isMapped'>,
  map: IdMap | null,
  { ways, mark }: { ways: readonly boolean[]; mark: string },
): Promise<OwnEntry> {
  const said: string[] = []
  for (const isMapped of map === null ? [false] : ways) {
    const tried = { ...entry, isMapped }
    const proof = await prove(host, tried, map, mark)
    if (proof.canRead && proof.canWrite !== entry.readOnly) return tried
    if (entry.readOnly && proof.canWrite)
      throw new HoldfastError(
        'conflict',
        `LXC made ${entry.source} writable although it was to be read-only, so it is not attached.`,
      )
    said.push(`${isMapped ? 'With idmap=container: ' : ''}${proof.said || 'nothing was said.'}`)
  }
  throw new HoldfastError('conflict', refusal(entry, map), { recovery: cure(entry, map), details: { said } })
}

function refusal({ source, readOnly }: Omit<OwnEntry, 'isMapped'>, map: IdMap | null): string {
  const who =
    map === null
      ? 'The root of this host, which is that of the container,'
      : `The root of the container is user ${map.uid} of this host, and`
  return `${who} cannot ${readOnly ? 'read' : 'read and write'} ${source}: that was tried.`
}

function cure({ source }: Omit<OwnEntry, 'isMapped'>, map: IdMap | null): string {
  if (map === null) return 'Let the server give root its rights (NFS: no_root_squash), or attach it read-only.'
  const owner = `${map.uid}:${map.gid}`
  const shifted = commandLine({ command: 'chown', args: ['-R', owner, source] })
  return `Give it to that user (shifted ids: ${shifted}), or let the server take everybody for one user who may (NFS: all_squash with anonuid and anongid; SMB and S3: the settings uid and gid of the backend). File systems such as ext4, XFS and Btrfs can be mapped to the container (idmap=container) from LXC 5 on; NFS and SMB cannot.`
}

import { isRcloneDump } from '@/lib/drivers/mounting/rclone-dump'
import { readCompose } from '@/lib/imports/compose'
import { readDockerVolumes } from '@/lib/imports/docker-volumes'
import { ANYWHERE, MAX_STORAGES, type ReadImport, refusedImport, TOO_MANY } from '@/lib/imports/entry'
import { type ImportFormat, parseJson } from '@/lib/imports/format'
import { readLibvirt } from '@/lib/imports/libvirt-pools'
import { readProxmox } from '@/lib/imports/proxmox-cfg'
import { readProxmoxGuest } from '@/lib/imports/proxmox-guests'
import { readRemotes } from '@/lib/imports/rclone-remotes'
import { readWolfstack } from '@/lib/imports/wolfstack-json'

/** Reads a pasted text of one of the formats. Never throws; what is reported repeats no value of a secret. */
export function readImport(text: string, format: ImportFormat): ReadImport {
  const read = readAs(text, format)
  return read.entries.length > MAX_STORAGES ? refusedImport(TOO_MANY) : read
}

function readAs(text: string, format: ImportFormat): ReadImport {
  if (format === 'libvirt') return readLibvirt(text)
  if (format === 'proxmox') return readProxmox(text)
  if (format === 'proxmox-guest') return readProxmoxGuest(text)
  if (format === 'compose') return readCompose(text)
  if (format === 'rclone') return readRclone(text)
  const json = parseJson(text.replace(/^\uFEFF/, ''))
  if (json === undefined) return refusedImport('This is not valid JSON. Paste the whole text.')
  return format === 'docker' ? readDockerVolumes(json) : readWolfstack(json)
}

const ON_HOST = 'What a host mounts is taken over where its existing mounts are listed, on the page of the host.'

/** Texts that people have at hand, and that no remote is in: rclone would find nothing but errors. */
const STRANGERS: readonly (readonly [RegExp, string])[] = [
  [/^[ \t]*[^\s#=]+[ \t]+\/\S*[ \t]+[a-z][\w.-]*[ \t]+[\w"]/m, `This is a line of /etc/fstab. ${ON_HOST}`],
  [/^[ \t]*\[(?:Mount|Automount)\][ \t\r]*$/m, `This is a unit of systemd. ${ON_HOST}`],
  [
    /^[ \t]*\[global\][ \t\r]*$/im,
    'This is the configuration of a Samba server. Make a backend of type SMB for a share of it.',
  ],
  [
    /^[ \t]*mon[_ ]host[ \t]*=/m,
    'This is a ceph.conf. Paste it into the field of the monitors of a backend of type Ceph RBD.',
  ],
]

function readRclone(text: string): ReadImport {
  const isRemote =
    (/^[ \t]*\[.+\][ \t\r]*$/m.test(text) && /^[ \t]*type[ \t]*[=:]/m.test(text)) || isRcloneDump(parseJson(text))
  const stranger = isRemote ? undefined : STRANGERS.find(([form]) => form.test(text))
  if (stranger !== undefined) return refusedImport(stranger[1])
  const { remotes, problems, isRefused } = readRemotes(text)
  const entries = remotes.map((remote) =>
    remote.kind === 'storage' ? { ...remote, needs: [], place: ANYWHERE } : remote,
  )
  return { entries, problems, isRefused }
}

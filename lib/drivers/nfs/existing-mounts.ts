import type { ExistingMounts } from '@/lib/drivers/contract/existing-mount'
import { NfsConfig } from '@/lib/drivers/nfs/config'
import { parseNfsOptions } from '@/lib/drivers/nfs/mount-options'
import { readOptions } from '@/lib/drivers/options/read-options'

const UNCHOSEN =
  /^(?:rw|relatime|namlen|addr|clientaddr|local_lock|mount(?:addr|vers|port|proto)|[rw]size|ac(?:reg|dir)(?:min|max)|fsc|x-systemd\..*|comment|vers4)(?:=|$)/

export const nfsExistingMounts: ExistingMounts = {
  fsTypes: ['nfs', 'nfs4'],
  read({ source, options }) {
    const { server, path } =
      /^(?<server>\[[^\]]+\]|[^:[\]]+):(?<path>\/.*)$/.exec(source)?.groups ?? ({} as Record<string, undefined>)
    if (server === undefined || path === undefined) return { reason: 'The source is not of the form server:/export.' }
    const { taken, leftOut } = readOptions(options, { parse: parseNfsOptions, schema: NfsConfig, unchosen: UNCHOSEN })
    const config = { server: server.replace(/^\[(.*)\]$/, '$1'), export_path: path, ...taken }
    return { config, needs: [], leftOut }
  },
}

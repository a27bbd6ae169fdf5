import type { z } from 'zod'
import type { WolfstackWords } from '@/lib/drivers/contract/wolfstack'
import type { NfsConfig } from '@/lib/drivers/nfs/config'
import { nfsOptions } from '@/lib/drivers/nfs/mount-options'
import { nfsSource } from '@/lib/drivers/nfs/source'
import { optionWord } from '@/lib/drivers/options/mount-options'
import { isUrl } from '@/lib/drivers/pasted'

/** The source is `server:/export`. */
export const nfsWolfstack: WolfstackWords<z.infer<typeof NfsConfig>> = {
  type: 'nfs',
  fields: { nfs_options: 'nfs_options', server: 'source', export_path: 'source' },
  configFrom({ source, nfs_options }) {
    const text = source ?? ''
    const match = isUrl(text) ? undefined : /^(?<server>\[[^\]]*\]|[^:]*):(?<path>.*)$/s.exec(text)?.groups
    return { server: match?.server ?? source, export_path: match?.path, nfs_options: nfs_options ?? undefined }
  },
  sourceOf: nfsSource,
  show: (config) => ({
    nfs_options: [...nfsOptions(config).map(optionWord), config.read_only ? 'ro' : 'rw'].join(','),
  }),
}

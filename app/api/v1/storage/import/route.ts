import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { ImportResult, ImportStorage } from '@/lib/imports/schema'
import { importStorage } from '@/lib/imports/service'
import { IMPORT_BYTES } from '@/lib/server/limits'

export const POST = defineRoute({
  permission: 'backends.write',
  summary:
    'Make backends and mounts of what texts of rclone, WolfStack, Proxmox VE, Docker, Compose or libvirt say, or with dry_run say what would be made.',
  body: ImportStorage,
  maxBodyBytes: IMPORT_BYTES,
  response: single(ImportResult),
  handle: async ({ actor, body }) => {
    const data = await importStorage(actor, body)
    const verb = data.dry_run ? 'would be created' : 'created'
    return { body: { data, message: `${data.created} ${verb}, ${data.skipped} skipped, ${data.refused} refused` } }
  },
})

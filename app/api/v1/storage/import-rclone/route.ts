import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { ImportRclone, ImportResult } from '@/lib/imports/schema'
import { importRclone } from '@/lib/imports/service'
import { RCLONE_IMPORT_BYTES } from '@/lib/server/limits'

export const POST = defineRoute({
  permission: 'backends.write',
  summary: 'Make backends of the S3 remotes in a pasted rclone.conf, or with dry_run say what would be made.',
  body: ImportRclone,
  maxBodyBytes: RCLONE_IMPORT_BYTES,
  response: single(ImportResult),
  handle: async ({ actor, body }) => {
    const data = await importRclone(actor, body)
    const verb = data.dry_run ? 'would be created' : 'created'
    return { body: { data, message: `${data.created} ${verb}, ${data.skipped} skipped, ${data.refused} refused` } }
  },
})

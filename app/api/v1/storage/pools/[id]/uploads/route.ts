import { UploadView } from '@/lib/files/schema'
import { tusHeaders } from '@/lib/files/tus'
import { createUpload, listUploads } from '@/lib/files/uploads'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'List the files that are being uploaded into a pool.',
  params: IdParams,
  response: list(UploadView),
  handle: async ({ actor, params }) => ({ body: await listUploads(actor, params.id) }),
})

export const POST = defineRoute({
  permission: 'files.upload',
  summary:
    'Begin an upload (tus 1.0.0, creation). Upload-Length says how large the file is; Upload-Metadata has path, and optionally sha256 (hex) and host_id.',
  params: IdParams,
  takesBytes: 'application/offset+octet-stream',
  response: single(UploadView),
  status: 201,
  mayRefuse: ['payload_too_large', 'rate_limited', 'unsupported_media_type'],
  handle: async ({ actor, params, headers, signal }) => {
    const upload = await createUpload(actor, params.id, headers, signal)
    const Location = `/api/v1/storage/pools/${params.id}/uploads/${upload.id}`
    return Response.json({ data: upload }, { status: 201, headers: { ...tusHeaders(upload), Location } })
  },
})

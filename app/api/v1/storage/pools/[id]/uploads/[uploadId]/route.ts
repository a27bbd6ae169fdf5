import { z } from 'zod'
import { UploadView } from '@/lib/files/schema'
import { TUS_MEDIA_TYPE, tusHeaders } from '@/lib/files/tus'
import { dropUpload, readUpload, writeUpload } from '@/lib/files/uploads'
import { defineRoute } from '@/lib/http/define-route'
import { single, UploadParams } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'files.upload',
  summary: 'How far an upload has come; also as HEAD, as tus asks it, with the answer in Upload-Offset.',
  params: UploadParams,
  response: single(UploadView),
  mayRefuse: ['conflict', 'rate_limited', 'checksum_mismatch'],
  handle: async ({ actor, params, signal }) => {
    const upload = await readUpload(actor, params.id, params.uploadId, signal)
    return Response.json({ data: upload }, { headers: tusHeaders(upload) })
  },
})

export const PATCH = defineRoute({
  permission: 'files.upload',
  summary:
    'Send bytes of an upload, from Upload-Offset on. With Upload-Checksum nothing of them stays unless all have it. The last one is answered when the file is in its place.',
  params: UploadParams,
  takesBytes: TUS_MEDIA_TYPE,
  response: z.string(),
  status: 204,
  mayRefuse: ['unsupported_media_type', 'payload_too_large', 'rate_limited', 'checksum_mismatch'],
  handle: async ({ actor, params, headers, bytes, signal }) => {
    const upload = await writeUpload(actor, params.id, params.uploadId, headers, bytes, signal)
    return new Response(null, { status: 204, headers: tusHeaders(upload) })
  },
})

export const DELETE = defineRoute({
  permission: 'files.upload',
  summary: 'Drop an upload and what has come of it.',
  params: UploadParams,
  response: z.string(),
  status: 204,
  handle: async ({ actor, params, signal }) => {
    await dropUpload(actor, params.id, params.uploadId, signal)
    return new Response(null, { status: 204 })
  },
})

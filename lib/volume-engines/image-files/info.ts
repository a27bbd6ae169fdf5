import { z } from 'zod'
import { unreadableOutput } from '@/lib/drivers/problems/problem'

const Info = z.object({
  format: z.string(),
  'virtual-size': z.number(),
  encrypted: z.boolean().optional(),
  'backing-filename': z.string().optional(),
  'full-backing-filename': z.string().optional(),
  snapshots: z.array(z.unknown()).optional(),
  'format-specific': z
    .object({
      data: z
        .looseObject({
          'data-file': z.string().optional(),
          encrypt: z.unknown().optional(),
          corrupt: z.boolean().optional(),
          'create-type': z.string().optional(),
          'parent-cid': z.number().optional(),
          extents: z.array(z.looseObject({ filename: z.string().optional() })).optional(),
        })
        .optional(),
    })
    .optional(),
})

/** What `qemu-img info --output=json` told of one image. */
export interface ImageInfo {
  format: string
  sizeBytes: number
  isEncrypted: boolean
  /** null: it needs no other file under this one. */
  backing: string | null
  dataFile: string | null
  isCorrupt: boolean
  /** Of vmdk. */
  createType: string | null
  hasParent: boolean
  /** Files that it consists of, as it names them. */
  extents: string[]
}

const NO_PARENT = 0xffffffff

/** Throws `output.unreadable`. */
export function parseInfo(stdout: string): ImageInfo {
  const parsed = Info.safeParse(readJson(stdout))
  if (!parsed.success) throw unreadableOutput('qemu-img', 'printed something else than a description of an image')
  const { data: info } = parsed
  const specific = info['format-specific']?.data
  const parent = specific?.['parent-cid']
  return {
    format: info.format,
    sizeBytes: info['virtual-size'],
    isEncrypted: info.encrypted === true || (specific?.encrypt !== undefined && specific.encrypt !== null),
    backing: info['backing-filename'] ?? info['full-backing-filename'] ?? null,
    dataFile: specific?.['data-file'] ?? null,
    isCorrupt: specific?.corrupt === true,
    createType: specific?.['create-type'] ?? null,
    hasParent: parent !== undefined && parent !== NO_PARENT,
    extents: (specific?.extents ?? []).map(({ filename }) => filename ?? ''),
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

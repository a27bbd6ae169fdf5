import 'server-only'
import { z } from 'zod'
import { TemplateContent } from '@/lib/agent-protocol/pools'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/pools/repository'
import type { TemplateView } from '@/lib/pools/schema'
import { findPool } from '@/lib/pools/service'
import { engineOfPool, templateCountOf, templatesPathOf } from '@/lib/pools/view'

/** As hosts have told them; of a storage that hosts share, its keeper. Throws `unsupported` for a pool without files. */
export async function listTemplates(actor: Actor, id: string): Promise<{ data: TemplateView[]; total: number }> {
  authorize(actor, 'pools.read')
  const pool = await findPool(id)
  return { data: await templatesOf(pool), total: templateCountOf(pool) ?? 0 }
}

/** For services that have authorised the caller; of one host, or of all. Throws `unsupported` for a pool without files. */
export async function templatesOf(pool: repository.PoolRecord, tx?: Db, hostId?: string): Promise<TemplateView[]> {
  const folder = templatesPathOf(engineOfPool(pool))
  if (folder === null)
    throw new HoldfastError(
      'unsupported',
      `Pool '${pool.name}' has no files, and so no templates: its volumes are disks of their own.`,
      { recovery: 'Make the volume in a pool of files and copy it here, or import the image from a web server.' },
    )
  const rows = await repository.findTemplates(pool.id, tx, hostId)
  return rows.flatMap(({ hostId: host_id, host, templates }) =>
    (z.array(TemplateContent).safeParse(templates).data ?? []).map((item) => ({
      name: item.name,
      path: `${folder}/${item.name}`,
      bytes: item.bytes,
      modified_at: item.modifiedAt,
      format: item.format,
      virtual_bytes: item.virtualBytes,
      is_image: item.format !== null,
      host_id,
      host_name: host.name,
    })),
  )
}

import { z } from 'zod'
import { checked, pathProblem, ServerName, withoutTrailingSlash } from '@/lib/drivers/grammar'
import { hasOptionsBehind } from '@/lib/drivers/options/hide-secrets'

function exportProblem(value: string): string | null {
  if (!value.startsWith('/')) return 'Export path must start with "/".'
  if (value.includes('\\')) return 'The export path has slashes "/" and no backslashes; a space is written as it is.'
  // Not repeated: a URL or a line of fstab was pasted, and it may be a password.
  if (hasOptionsBehind(value)) return 'Enter only the path; what stands behind it belongs into the options or nowhere.'
  return pathProblem(value, 1024)
}

/**
 * Settings of an NFS share; option names are those of nfs(5). `hard` by default: with `soft`, a write that could not be sent is
 * an error that many programs do not check, so a short outage can lose data.
 */
export const NfsConfig = z.strictObject({
  server: ServerName,
  export_path: checked(exportProblem).overwrite(withoutTrailingSlash),
  /** `auto` is the highest that both sides speak, `4` the highest of 4. */
  version: z.enum(['auto', '3', '4', '4.0', '4.1', '4.2']).default('auto'),
  on_outage: z.enum(['hard', 'soft', 'softerr']).default('hard'),
  /** Tenths of a second. */
  timeo: z.int().min(1).max(6000).default(600),
  retrans: z.int().min(0).max(30).default(2),
  proto: z.enum(['tcp', 'tcp6', 'rdma']).optional(),
  port: z.int().min(1).max(65_535).optional(),
  sec: z.enum(['sys', 'krb5', 'krb5i', 'krb5p']).optional(),
  nconnect: z.int().min(1).max(16).optional(),
  /** Bytes. */
  rsize: z.int().min(1024).max(1_048_576).multipleOf(1024).optional(),
  /** Bytes. */
  wsize: z.int().min(1024).max(1_048_576).multipleOf(1024).optional(),
  /** Seconds. */
  actimeo: z.int().min(0).max(3600).optional(),
  lookupcache: z.enum(['all', 'positive', 'none']).optional(),
  nolock: z.boolean().default(false),
  sync: z.boolean().default(false),
  noatime: z.boolean().default(false),
  nordirplus: z.boolean().default(false),
  noresvport: z.boolean().default(false),
  noexec: z.boolean().default(false),
  read_only: z.boolean().default(false),
})

import type { Download } from '@/lib/drivers/contract/download'
import type { HostBackend, OperationContext } from '@/lib/drivers/contract/host'
import { answeringAddress, authorization, HttpClient, type HttpSecretKey } from '@/lib/drivers/http/client'
import type { HttpConfig } from '@/lib/drivers/http/config'
import { HoldfastError } from '@/lib/errors'

/** Where a path below the address leads. Throws `invalid_input` for one that would lead out of it. */
export function fileUrl({ base_url }: Pick<HttpConfig, 'base_url'>, path: string): string {
  const parts = path.replace(/^\/+/, '').split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\p{Cc}\\]/u.test(part))) {
    const message = 'A path has no empty part, no "." or "..", and no backslash.'
    throw new HoldfastError('invalid_input', message, { fields: [{ field: 'source.path', message }] })
  }
  return `${base_url}/${parts.map(encodeURIComponent).join('/')}`
}

/** What an answer says of the file: how large it is, and whether a part of it can be asked for later. */
export function factsOf(
  headers: Readonly<Record<string, string>>,
  isWhole: boolean,
): Pick<Download, 'sizeBytes' | 'validator'> {
  const length = isWhole ? headers['content-length'] : headers['content-range']?.split('/')[1]
  const sizeBytes = /^\d{1,15}$/.test(length ?? '') ? Number(length) : null
  const knowsParts = !isWhole || /\bbytes\b/i.test(headers['accept-ranges'] ?? '')
  const tag = headers.etag ?? ''
  // RFC 9110, section 13.1.5: a weak tag cannot be asked with.
  const validator = /^"[^"]*"$/.test(tag) ? tag : (headers['last-modified'] ?? null)
  return { sizeBytes, validator: knowsParts ? validator : null }
}

export async function findDownload(
  { config, secrets }: HostBackend<HttpConfig, HttpSecretKey>,
  path: string,
  context: OperationContext,
): Promise<Download> {
  const signIn = authorization(config, secrets)
  const asked = fileUrl(config, path)
  const address = await answeringAddress(config, context)
  const { url, headers, isWhole } = await new HttpClient(config, signIn, address, context).find(asked)
  const { ca_certificate: ca, verify_ssl } = config
  return {
    url,
    address,
    headers: {
      accept: '*/*',
      // What was packed for the way would be neither of this size nor of this checksum.
      'accept-encoding': 'identity',
      'user-agent': 'Holdfast',
      ...(signIn === undefined ? {} : { authorization: signIn }),
    },
    ...(ca === undefined ? {} : { ca }),
    ...(verify_ssl ? {} : { unverified: true }),
    ...factsOf(headers, isWhole),
  }
}

import { reveal, type Secret } from '@/lib/secret'

/** What is signed: AWS Signature Version 4 as every S3 server knows it. */
export interface Signable {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  url: URL
  body: string
}

export interface SigningKey {
  accessKeyId: string
  secret: Secret
  region: string
}

const encoder = new TextEncoder()

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function sha256(text: string): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', encoder.encode(text)))
}

async function hmac(key: BufferSource, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return await crypto.subtle.sign('HMAC', imported, encoder.encode(text))
}

/** RFC 3986, stricter than encodeURIComponent. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .sort()
    .join('&')
}

/** The headers of a signed request, to be sent with exactly this method, URL and body. `now` is the host's own clock. */
export async function sign(request: Signable, key: SigningKey, now: Date): Promise<Record<string, string>> {
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = stamp.slice(0, 8)
  const scope = `${day}/${key.region}/s3/aws4_request`
  const payload = await sha256(request.body)
  const headers: Record<string, string> = {
    host: request.url.host,
    'x-amz-content-sha256': payload,
    'x-amz-date': stamp,
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    request.method,
    request.url.pathname,
    canonicalQuery(request.url),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    payload,
  ].join('\n')
  let derived = await hmac(encoder.encode(`AWS4${reveal(key.secret)}`), day)
  for (const part of [key.region, 's3', 'aws4_request']) derived = await hmac(derived, part)
  const signature = hex(await hmac(derived, ['AWS4-HMAC-SHA256', stamp, scope, await sha256(canonical)].join('\n')))
  // `host` is signed but not returned: whoever sends the request sets it from the URL.
  return {
    'x-amz-content-sha256': payload,
    'x-amz-date': stamp,
    authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

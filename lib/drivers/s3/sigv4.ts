import { AwsV4Signer } from 'aws4fetch'
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

/** RFC 3986, stricter than encodeURIComponent. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex')
}

/** The headers of a signed request, to be sent with exactly this method, URL and body. `now` is the host's own clock. */
export async function sign(request: Signable, key: SigningKey, now: Date): Promise<Record<string, string>> {
  const signer = new AwsV4Signer({
    method: request.method,
    url: request.url.href,
    // With the hash of what is sent: not every server takes an unsigned body.
    headers: { 'x-amz-content-sha256': await sha256(request.body) },
    service: 's3',
    region: key.region,
    accessKeyId: key.accessKeyId,
    secretAccessKey: reveal(key.secret),
    datetime: now.toISOString().replace(/[-:]|\.\d{3}/g, ''),
  })
  const { headers } = await signer.sign()
  // `host` is signed but not returned: whoever sends the request sets it from the URL.
  return Object.fromEntries(headers)
}

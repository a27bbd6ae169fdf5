import { expect, it } from 'vitest'
import { encodeStrictly, sign } from '@/lib/drivers/s3/sigv4'
import { Secret } from '@/lib/secret'

// Keys, requests and signatures of the examples in the S3 API reference, "Signature calculations: single chunk". The published
// examples sign one more header in two of the four cases; these are the two that sign what we sign.
const KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secret: new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  region: 'us-east-1',
}
const NOW = new Date('2013-05-24T00:00:00Z')

it.each([
  [
    'https://examplebucket.s3.amazonaws.com/?lifecycle',
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
])('signs the published example %s', async (url, signature) => {
  const headers = await sign({ method: 'GET', url: new URL(url), body: '' }, KEY, NOW)
  expect(headers.authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  )
})

it('encodes as RFC 3986 wants', () => {
  expect(encodeStrictly("a b!'()*~é/")).toBe('a%20b%21%27%28%29%2A~%C3%A9%2F')
})

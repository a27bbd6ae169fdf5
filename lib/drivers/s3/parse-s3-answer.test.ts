import { describe, expect, it } from 'vitest'
import { matchCode } from '@/lib/drivers/problems/messages'
import { S3_CODES } from '@/lib/drivers/s3/messages'
import { expectListing, parseBuckets, parseS3Error, UNKNOWN_CODE } from '@/lib/drivers/s3/parse-s3-answer'
import { fixture, recordings } from '@/testing/drivers/fixtures'

const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

describe('parseS3Error', () => {
  it('reads code, message and the region that the server wants', () => {
    const body =
      '<?xml version="1.0"?>\n<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region &apos;us-east-1&apos; is wrong; expecting &#39;eu-west-1&#x27;</Message><Region>eu-west-1</Region></Error>'
    expect(parseS3Error(body)).toEqual({
      code: 'AuthorizationHeaderMalformed',
      region: 'eu-west-1',
    })
  })

  it('hands on no words of a server, only codes that S3 has', () => {
    const body = '<Error><Code>root:x:0:0</Code><Message>a secret</Message><Region>another secret</Region></Error>'
    expect(parseS3Error(body)).toEqual({ code: UNKNOWN_CODE, region: null })
    expect(parseS3Error('<Error><Code>toString</Code></Error>')?.code).toBe(UNKNOWN_CODE)
    expect(parseS3Error('<Error><Code>InvalidArgument</Code></Error>')?.code).toBe('InvalidArgument')
  })

  it('goes by the structure, whatever else stands in the document', () => {
    const odd = '<!-- <Code>AccessDenied</Code> --><Detail><Code>AccessDenied</Code></Detail><Message>&nbsp;</Message>'
    expect(parseS3Error(`\n<Error>${odd}<Code><![CDATA[NoSuchBucket]]></Code></Error>\n`)?.code).toBe('NoSuchBucket')
  })

  it('carries out no entities of a document type', () => {
    const ten = (name: string) => `&${name};`.repeat(10)
    const bomb = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "${ten('a')}"><!ENTITY c "${ten('b')}">]>`
    expect(parseS3Error(`${bomb}<Error><Code>&c;</Code></Error>`)?.code).toBe(UNKNOWN_CODE)
    expect(parseS3Error('<a>'.repeat(50_000))).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['a web page', '<html><title>Error</title></html>'],
    ['a web page about one', '<html><Error><Code>NoSuchBucket</Code></Error></html>'],
    ['cut off', '<?xml version="1.0"?><Error><Code>NoSuch'],
    ['an empty code', '<Error><Code></Code></Error>'],
  ])('takes %s for no S3 error', (_name, body) => {
    expect(parseS3Error(body)).toBeNull()
  })
})

describe('parseBuckets', () => {
  it('reads names, none and odd ones', () => {
    const bucket = (name: string) =>
      `<Bucket><Name>${name}</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket>`
    const list = (inner: string) =>
      `<ListAllMyBucketsResult ${NAMESPACE}><Owner><ID>x</ID></Owner><Buckets>${inner}</Buckets></ListAllMyBucketsResult>`
    expect(parseBuckets(list(bucket('a-b.c') + bucket('r&amp;d')))).toEqual(['a-b.c', 'r&d'])
    expect(parseBuckets(list(''))).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['a web page', '<html></html>'],
    ['cut off', '<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket>'],
    [
      'a bucket without a name',
      '<ListAllMyBucketsResult><Buckets><Bucket></Bucket></Buckets></ListAllMyBucketsResult>',
    ],
  ])('refuses %s', (_name, body) => {
    expect(() => parseBuckets(body)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })
})

describe('expectListing', () => {
  it('accepts a whole listing', () => {
    expect(() => expectListing(`<ListBucketResult ${NAMESPACE}><Name>media</Name></ListBucketResult>\n`)).not.toThrow()
  })

  it.each(['', '<html></html>', '<ListBucketResult><Name>m'])('refuses "%s"', (body) => {
    expect(() => expectListing(body)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  })
})

const recorded = recordings('s3', 'radosgw.')

it.each(recorded.filter(({ text }) => text.includes('<Error>')))(
  'knows the error in the recorded $name',
  ({ text }) => {
    // One was recorded with the head of its answer.
    const body = text.slice(text.indexOf('<?xml'))
    expect(Object.keys(S3_CODES)).toContain(parseS3Error(body)?.code)
  },
)

it.each(recorded.filter(({ text }) => text.includes('<ListAllMyBucketsResult')))(
  'reads the recorded $name',
  ({ text }) => {
    expect(parseBuckets(text)).toHaveLength(text.split('<Bucket>').length - 1)
  },
)

it.each(recorded.filter(({ text }) => text.includes('<ListBucketResult')))('accepts the recorded $name', ({ text }) => {
  expect(() => expectListing(text)).not.toThrow()
})

it.each([
  ['wrong-key', 's3.wrong_secret'],
  ['unknown-access-key', 's3.unknown_key'],
  ['bucket-missing', 's3.no_bucket'],
  ['bucket-foreign', 's3.denied'],
  ['clock-wrong', 's3.clock'],
])('explains the recorded radosgw.debian12.%s.out', (name, problem) => {
  const code = parseS3Error(fixture('s3', `radosgw.debian12.${name}.out`))?.code ?? ''
  expect(matchCode(S3_CODES, code)).toBe(problem)
})

import { bareCreate, bareList } from '@/testing/bare-backends'

/** BigInt columns have no JSON form of their own. */
const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

export async function GET(): Promise<Response> {
  return new Response(JSON.stringify(await bareList(), plain))
}

export async function POST(request: Request): Promise<Response> {
  return new Response(JSON.stringify(await bareCreate(await request.json()), plain), { status: 201 })
}

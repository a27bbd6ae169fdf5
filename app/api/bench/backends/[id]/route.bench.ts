import { bareGet, barePatch } from '@/testing/bare-backends'

const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

interface Context {
  params: Promise<{ id: string }>
}

export async function GET(_request: Request, { params }: Context): Promise<Response> {
  return new Response(JSON.stringify(await bareGet((await params).id), plain))
}

export async function PATCH(request: Request, { params }: Context): Promise<Response> {
  return new Response(JSON.stringify(await barePatch((await params).id, await request.json()), plain))
}

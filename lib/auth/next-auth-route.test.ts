import { NextRequest } from 'next/server'
import { expect, it } from 'vitest'
import { GET } from '@/app/api/auth/[...nextauth]/route'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

testDatabases('routes of next-auth', (database) => {
  useTestApi(database)

  it.each(['credentials', 'passkey', 'nobody'])('have nothing to read where %s is answered', async (provider) => {
    const request = new NextRequest(`http://localhost:3000/api/auth/callback/${provider}`)
    const answer = await GET(request, { params: Promise.resolve({ nextauth: ['callback', provider] }) })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'not_found' })
  })
})

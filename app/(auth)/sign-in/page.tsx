import type { Metadata } from 'next'
import { connection } from 'next/server'
import { SignInForm } from '@/components/auth/sign-in-form'
import { Note } from '@/components/ui/feedback'
import { runtime } from '@/lib/http/runtime'
import { hasNoUsers } from '@/lib/users/service'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  await connection()
  await runtime()
  const { next } = await searchParams
  const isNew = await hasNoUsers()
  return (
    <>
      <h1 className="mb-6 text-20 font-semibold">Sign in</h1>
      {isNew && (
        <Note title="There is no user yet" className="mb-6">
          Open the setup link that Holdfast printed when it started. It makes the first administrator.
        </Note>
      )}
      <SignInForm next={typeof next === 'string' ? next : undefined} />
    </>
  )
}

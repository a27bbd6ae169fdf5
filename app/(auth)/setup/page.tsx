import type { Metadata } from 'next'
import Link from 'next/link'
import { connection } from 'next/server'
import { SetUp } from '@/components/auth/set-up-form'
import { Note } from '@/components/ui/feedback'
import { runtime } from '@/lib/http/runtime'
import { hasNoUsers } from '@/lib/users/service'

export const metadata: Metadata = { title: 'Set up' }

export default async function SetUpPage() {
  await connection()
  await runtime()
  const isNew = await hasNoUsers()
  return (
    <>
      <h1 className="text-20 font-semibold">Set up Holdfast</h1>
      <p className="mt-1 mb-6 text-13 text-muted">
        Make the first administrator. The link that brought you here works once.
      </p>
      {isNew ? (
        <SetUp />
      ) : (
        <Note title="Holdfast is set up already">
          <Link href="/sign-in" prefetch={false} className="font-medium text-accent hover:underline">
            Sign in
          </Link>{' '}
          with the administrator that was made then.
        </Note>
      )}
    </>
  )
}

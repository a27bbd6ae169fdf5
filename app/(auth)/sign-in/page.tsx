import type { Metadata } from 'next'
import { connection } from 'next/server'
import { SignInForm } from '@/components/auth/sign-in-form'
import { Note } from '@/components/ui/feedback'
import { passkeyPlace } from '@/lib/auth/passkey-place'
import { runtime } from '@/lib/http/runtime'
import { DEMO_USER } from '@/lib/installation/demo-user'
import { hasNoUsers } from '@/lib/users/service'

export const metadata: Metadata = { title: 'Sign in' }

interface Query {
  next?: string | string[]
  error?: string | string[]
  reason?: string | string[]
}

export default async function SignInPage({ searchParams }: { searchParams: Promise<Query> }) {
  await connection()
  const { env } = await runtime()
  const { next, error, reason } = await searchParams
  const isNew = await hasNoUsers()
  const place = passkeyPlace(env.publicUrl)
  return (
    <>
      <h1 className="mb-6 text-20 font-semibold">Sign in</h1>
      {isNew && (
        <Note title="There is no user yet" className="mb-6">
          Open the setup link that Holdfast printed when it started. It makes the first administrator.
        </Note>
      )}
      {reason === 'expired' && !error && (
        <Note title="Your session has ended" className="mb-6">
          Sign in again{next ? ', and you are back where you were' : ''}. Sessions end after a time without use, when
          they are ended under Settings, and when the password changes.
        </Note>
      )}
      {reason === 'password-set' && !error && (
        <Note title="The password is set" className="mb-6">
          Sign in with it. The link that you used works no more.
        </Note>
      )}
      {env.isDemo && (
        <Note title="This is a demo" className="mb-6">
          Its hosts and storages are simulated. Sign in as <span className="font-mono">{DEMO_USER.username}</span> with
          the password <span className="font-mono">{DEMO_USER.password}</span>.
        </Note>
      )}
      <SignInForm
        next={typeof next === 'string' ? next : undefined}
        error={typeof error === 'string' ? error : undefined}
        passkeysOf={isNew || 'problem' in place ? undefined : place.rpId}
        singleSignOn={isNew ? undefined : env.oidc?.name}
      />
    </>
  )
}

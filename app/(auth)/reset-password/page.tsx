import type { Metadata } from 'next'
import { connection } from 'next/server'
import { ResetPasswordForm } from '@/components/auth/reset-password-form'

export const metadata: Metadata = { title: 'New password', referrer: 'no-referrer' }

export default async function ResetPasswordPage() {
  // The page's policy names a nonce of its own for every answer.
  await connection()
  return (
    <>
      <h1 className="text-20 font-semibold">Set a new password</h1>
      <p className="mt-1 mb-6 text-13 text-muted">
        The link that brought you here works once. Your open sessions end when the password is set.
      </p>
      <ResetPasswordForm />
    </>
  )
}

'use client'

import { Fingerprint } from 'lucide-react'
import { useEffect, useState } from 'react'
import { type SignInAnswer, signInWithPasskey } from '@/components/auth/auth-requests'
import { askForPasskey, passkeyFailure, whyNoPasskeys } from '@/components/auth/passkey'
import { problemOf } from '@/components/data/problem-note'
import { Button } from '@/components/ui/button'

async function signIn(): Promise<SignInAnswer> {
  try {
    return await signInWithPasskey(await askForPasskey())
  } catch (error) {
    return { ok: false, message: passkeyFailure(error) ?? problemOf(error).detail }
  }
}

/** Not there where this page has no passkeys: nobody can do anything about that here. */
export function PasskeyButton({
  rpId,
  onSignedIn,
  onFailure,
}: {
  rpId: string
  onSignedIn: () => void
  onFailure: (words: string | null) => void
}) {
  const [isUsable, setIsUsable] = useState(false)
  const [pending, setPending] = useState(false)
  useEffect(() => setIsUsable(whyNoPasskeys(rpId) === null), [rpId])
  if (!isUsable) return null

  async function begin() {
    setPending(true)
    onFailure(null)
    const answer = await signIn()
    if (answer.ok) return onSignedIn()
    setPending(false)
    onFailure(answer.message ?? null)
  }
  return (
    <Button size="lg" icon={Fingerprint} pending={pending} className="w-full" onClick={() => void begin()}>
      Sign in with a passkey
    </Button>
  )
}

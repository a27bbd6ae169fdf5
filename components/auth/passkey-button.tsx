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

/** False where this page has no passkeys: nobody can do anything about that at sign-in. `rpId` is undefined where the console has none. */
export function usePasskeysHere(rpId: string | undefined): boolean {
  const [isUsable, setIsUsable] = useState(false)
  useEffect(() => setIsUsable(rpId !== undefined && whyNoPasskeys(rpId) === null), [rpId])
  return isUsable
}

export function PasskeyButton({
  onSignedIn,
  onFailure,
}: {
  onSignedIn: () => void
  onFailure: (words: string | null) => void
}) {
  const [pending, setPending] = useState(false)

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

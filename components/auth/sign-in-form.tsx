'use client'

import { LogIn } from 'lucide-react'
import { useState } from 'react'
import { beginSingleSignOn, inWords, type SignInAnswer, signIn } from '@/components/auth/auth-requests'
import { CodeForm } from '@/components/auth/code-form'
import { PasskeyButton, usePasskeysHere } from '@/components/auth/passkey-button'
import { localPath } from '@/components/auth/sign-in-path'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'

interface Named {
  username: string
  password: string
}

const NO_ANSWER = 'Holdfast does not answer. Check your connection and try again.'

function SingleSignOn({ name, next, onFailure }: { name: string; next: string; onFailure: (words: string) => void }) {
  const [pending, setPending] = useState(false)
  async function begin() {
    setPending(true)
    try {
      window.location.assign(await beginSingleSignOn(next))
    } catch {
      setPending(false)
      onFailure(NO_ANSWER)
    }
  }
  return (
    <Button
      size="lg"
      icon={LogIn}
      pending={pending}
      className="h-auto min-h-10 w-full whitespace-normal py-2"
      onClick={() => void begin()}
    >
      Sign in with {name}
    </Button>
  )
}

function Or() {
  return (
    <div className="flex items-center gap-3 text-12 text-muted" aria-hidden>
      <span className="h-px flex-1 bg-line" />
      or
      <span className="h-px flex-1 bg-line" />
    </div>
  )
}

export function SignInForm({
  next,
  error,
  singleSignOn,
  passkeysOf,
}: {
  next: string | undefined
  /** Of a sign-in that came back here. */
  error: string | undefined
  /** Its name, where it is set up. */
  singleSignOn: string | undefined
  /** The name that passkeys belong to, where this console has them. */
  passkeysOf: string | undefined
}) {
  const [message, setMessage] = useState(error ? inWords(error, singleSignOn) : null)
  const [pending, setPending] = useState(false)
  const hasPasskeys = usePasskeysHere(passkeysOf)
  /** Of somebody who is asked for a code now. */
  const [first, setFirst] = useState<Named | null>(null)

  async function submit(named: Named, code?: string) {
    setPending(true)
    setMessage(null)
    const answer: SignInAnswer = await signIn(named.username, named.password, code).catch(() => ({
      ok: false,
      message: NO_ANSWER,
    }))
    if (answer.ok) return window.location.assign(localPath(next))
    setPending(false)
    setMessage(answer.message ?? null)
    if (answer.needsCode) setFirst(named)
  }
  function back() {
    setFirst(null)
    setMessage(null)
  }
  if (first) {
    return (
      <CodeForm
        username={first.username}
        message={message}
        pending={pending}
        onSubmit={(code) => void submit(first, code)}
        onBack={back}
      />
    )
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        void submit({ username: String(form.get('username')), password: String(form.get('password')) })
      }}
      className="space-y-4"
    >
      <Field label="Username">
        {(control) => (
          <Input {...control} name="username" autoComplete="username" autoCapitalize="none" required autoFocus />
        )}
      </Field>
      <Field label="Password">
        {(control) => <Input {...control} name="password" type="password" autoComplete="current-password" required />}
      </Field>
      {message && <Note kind="critical" title={message} />}
      <Button type="submit" variant="primary" size="lg" pending={pending} className="w-full">
        Sign in
      </Button>
      {(hasPasskeys || singleSignOn) && <Or />}
      {hasPasskeys && (
        <PasskeyButton onSignedIn={() => window.location.assign(localPath(next))} onFailure={setMessage} />
      )}
      {singleSignOn && <SingleSignOn name={singleSignOn} next={localPath(next)} onFailure={setMessage} />}
    </form>
  )
}

'use client'

import { useState } from 'react'
import { signIn } from '@/components/auth/auth-requests'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'

/** Only a path of this console: an address in the link must not lead elsewhere. */
function localPath(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/'
}

export function SignInForm({ next }: { next: string | undefined }) {
  const [message, setMessage] = useState<string | null>(null)
  const [pending, setPending] = useState(false)

  async function submit(form: FormData) {
    setPending(true)
    setMessage(null)
    const answer = await signIn(String(form.get('username')), String(form.get('password'))).catch(() => ({
      ok: false,
      message: 'Holdfast does not answer. Check your connection and try again.',
    }))
    if (answer.ok) return window.location.assign(localPath(next))
    setPending(false)
    setMessage(answer.message ?? null)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void submit(new FormData(event.currentTarget))
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
    </form>
  )
}

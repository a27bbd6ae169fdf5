import 'server-only'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { type Actor, ANONYMOUS } from '@/lib/auth/actor'
import { sessionIdOf } from '@/lib/auth/session-cookie'
import { actorOfSession } from '@/lib/auth/sessions'
import { runtime } from '@/lib/http/runtime'

/**
 * Who looks at this page, for server components; anonymous without a live session. API tokens open no pages. Somebody of whom a second
 * factor is required is led to where it is set up: a page that is opened within the console does not ask its layout again.
 */
export async function pageActor(): Promise<Actor> {
  const actor = await anyPageActor()
  if (actor.mustEnrol) redirect('/second-factor')
  return actor
}

/** As `pageActor`, also somebody who has yet to set up a second factor. */
export const anyPageActor = cache(async (): Promise<Actor> => {
  // Read first: it tells the build that the page belongs to a request, before a database is looked for.
  const cookie = (await headers()).get('cookie')
  const { env } = await runtime()
  const sessionId = await sessionIdOf(cookie, env)
  return (sessionId === undefined ? null : await actorOfSession(sessionId)) ?? ANONYMOUS
})

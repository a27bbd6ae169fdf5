import Link from 'next/link'

/** Into the documentation, from where a sentence is not enough. `about` says to what, for those who hear links alone. */
export function LearnMore({ href, about }: { href: string; about: string }) {
  return (
    <Link
      href={href}
      prefetch={false}
      target="_blank"
      className="text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent"
    >
      Learn more<span className="sr-only"> about {about} (in a new tab)</span>
    </Link>
  )
}

/** What an advice names that has a chapter of its own. */
const CHAPTERS = [
  { named: '/etc/holdfast/agent.json', href: '/help/agent#the-policy-of-a-host', about: 'the policy of a host' },
] as const

/** After an advice: the chapter about what it names, if there is one. */
export function LearnMoreAfter({ advice }: { advice: string }) {
  const chapter = CHAPTERS.find(({ named }) => advice.includes(named))
  return chapter ? (
    <>
      {' '}
      <LearnMore href={chapter.href} about={chapter.about} />
    </>
  ) : null
}

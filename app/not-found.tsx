import Link from 'next/link'

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-2 px-4 text-center">
      <h1 className="text-20 font-semibold">There is nothing here</h1>
      <p className="text-13 text-muted">The address may be mistyped.</p>
      <Link href="/" prefetch={false} className="mt-2 text-13 font-medium text-accent hover:underline">
        To the overview
      </Link>
    </main>
  )
}

import type { Metadata } from 'next'
import { notFound } from 'next/navigation'

export const metadata: Metadata = { title: 'Not found' }

/** Every address that no page has: the answer stands inside the console, which still leads on. */
export default function Missing(): never {
  notFound()
}

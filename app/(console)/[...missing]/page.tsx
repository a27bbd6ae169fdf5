import { notFound } from 'next/navigation'

/** Every address that no page has: the answer stands inside the console, which still leads on. */
export default function Missing(): never {
  notFound()
}

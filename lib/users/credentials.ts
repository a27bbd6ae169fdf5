import * as repository from '@/lib/users/repository'

/** What sign-in needs of a user; it never leaves the server. */
export function findCredentials(username: string) {
  return repository.findByUsername(username)
}

export function noteSignIn(userId: string, at: Date): Promise<void> {
  return repository.updateLastSignIn(userId, at)
}

/** Who signs in to a demo. Not a secret: a demo listens on loopback only, holds nothing real and is thrown away. */
export const DEMO_USER = { username: 'demo', password: 'holdfast-demo' } as const

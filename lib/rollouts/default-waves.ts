/** How a change goes out where nobody says otherwise: one host, then shares of all. */
export const DEFAULT_WAVES = ['1', '5%', '25%', '100%'] as const

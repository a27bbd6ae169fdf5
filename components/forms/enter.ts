/**
 * What Enter does in the form of a backend: the next step. It tests until what stands there has passed, saves only that, and leaves a
 * test alone that is under way. Who wants to save without a test presses the button that says so.
 */
export function onEnter({ isTesting, hasPassed }: { isTesting: boolean; hasPassed: boolean }): 'test' | 'save' | null {
  if (isTesting) return null
  return hasPassed ? 'save' : 'test'
}

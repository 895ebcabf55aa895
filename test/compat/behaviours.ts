import type { IntendedDifference } from './intended-differences.ts'
import type { Subject } from './subject.ts'
export interface BehaviourDifference extends IntendedDifference {
  demonstrate(subject: Subject): Promise<unknown>
  readonly seen: { readonly reference: unknown; readonly ours: unknown }
}
export const behaviours: readonly BehaviourDifference[] = []

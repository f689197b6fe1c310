import type { App } from '../../src/app/app.ts'

const unused = () => Promise.reject(new Error('not expected here'))

/** An application of which a test gives what it needs; everything else fails. */
export function appWith(given: Partial<App>): App {
  return {
    submit: unused,
    answer: unused,
    withdraw: unused,
    reportExecution: unused,
    reportRollback: unused,
    recordOutcome: unused,
    approve: unused,
    deny: unused,
    clarify: unused,
    rollBack: unused,
    refusal: unused,
    queue: unused,
    viewFor: unused,
    cardAt: unused,
    availability: unused,
    goAway: unused,
    comeBack: unused,
    delegate: unused,
    refusalToAssign: unused,
    assignByHand: unused,
    lastWeek: unused,
    sweep: unused,
    read: unused,
    wait: unused,
    list: unused,
    view: unused,
    startWorkflow: unused,
    workflow: unused,
    pauseWorkflow: unused,
    resumeWorkflow: unused,
    cancelWorkflow: unused,
    advance: unused,
    halt: unused,
    executionOrder: unused,
    recordExecution: unused,
    rollbackOrder: unused,
    recordRollback: unused,
    settleExecution: unused,
    ...given,
  }
}

/**
 * Who takes down what a test has set up: the test itself, or whatever else promises to.
 */
export type Owner = { teardown(task: () => void | Promise<void>): void };

/** Executions of one measured run. */
export const EXECUTIONS = 2_000;

/** Executions that run at a time. */
export const IN_FLIGHT = 50;

/** Executions before anything is measured, so that all code is compiled and all plans are made. */
export const WARM_UP = 1_000;

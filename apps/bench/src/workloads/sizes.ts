/** Executions of one measured run. */
export const EXECUTIONS = 2_000;

/** Executions that run at a time. */
export const IN_FLIGHT = 50;

/**
 * Executions before anything is measured, so that all code is compiled and all plans are made: the
 * compiler of V8 is done with the engine after some thousands.
 */
export const WARM_UP = 10_000;

/** Executions of one run where they run one at a time. */
export const ONE_BY_ONE = 100;

/** Executions that wait before the process that drains them begins. */
export const BACKLOG = 5_000;

/** Executions that ended before the first run. */
export const HISTORY = 100_000;

/** Executions of one run that are awaited in another process. */
export const AWAITED = 100;

/** Milliseconds in which an idle process is watched. */
export const IDLE_TIME = 4_000;

/** Executions of one run that must not fill the store. */
export const SHORT_RUN = 500;

/** What the catalogue knows of one error code. */
export interface CatalogueEntry {
  /** HTTP status of a response that carries the code. */
  readonly status: number;
  /** What the code means, in a few words. */
  readonly title: string;
  /** Why it happens. */
  readonly cause: string;
  /** What to do about it. */
  readonly fix: string;
  /**
   * The message may quote text of unknown origin, so a response shows the title instead.
   * @default false
   */
  readonly concealed?: boolean;
}

const entry = (
  status: number,
  title: string,
  cause: string,
  fix: string,
  concealed = false,
): CatalogueEntry => ({ status, title, cause, fix, ...(concealed ? { concealed } : {}) });

/**
 * Every error code this package can produce. A code is part of the public contract: it is never
 * renamed and never reused.
 *
 * @publicApi
 */
export const ERROR_CATALOGUE = {
  // Definitions, found at boot
  DEFINITION_INVALID: entry(
    500,
    'The workflow definitions are not valid',
    'At least one workflow has a fault that would make it fail at run time.',
    'Read the list of faults; each names its class, its method and its fix.',
  ),
  WORKFLOW_ID_INVALID: entry(
    500,
    'A workflow id is not valid',
    'The id is empty, too long, or has characters outside A-Z a-z 0-9 . _ : @ -.',
    'Choose an id of 1 to 255 of those characters.',
  ),
  WORKFLOW_VERSION_INVALID: entry(
    500,
    'A workflow version is not valid',
    'The version is not a semantic version.',
    'Write it as MAJOR.MINOR.PATCH, for example 1.0.0.',
  ),
  WORKFLOW_DUPLICATE: entry(
    500,
    'Two workflows have one id and version',
    'An execution could not tell which of them it belongs to.',
    'Change the id or raise the version of one of them.',
  ),
  WORKFLOW_EMPTY: entry(
    500,
    'A workflow has no steps',
    'No method of the class carries @Step(), or the definition lists none.',
    'Add at least one step.',
  ),
  WORKFLOW_OUTPUT_MISSING: entry(
    500,
    'The declared output is not a step',
    'The workflow names an output that none of its steps has as id.',
    'Name one of the steps listed in the message.',
  ),
  WORKFLOW_OPTION_INVALID: entry(
    500,
    'A workflow option is not valid',
    'The option has a value outside its range.',
    'Use a value from the range in the message.',
  ),
  WORKFLOW_FEATURE_MISSING: entry(
    500,
    'A definition uses a feature this version does not have',
    'Ignoring it would change what the definition promises.',
    'Remove it, or use a version that has the feature.',
  ),
  STEP_ID_INVALID: entry(
    500,
    'A step id is not valid',
    'The id is empty, too long, or has characters outside A-Z a-z 0-9 . _ : @ -.',
    'Choose an id of 1 to 255 of those characters.',
  ),
  STEP_DUPLICATE: entry(
    500,
    'Two steps have one id',
    'Dependencies and checkpoints are kept by step id, so it must be unique in its workflow.',
    'Rename one of them.',
  ),
  STEP_HANDLER_MISSING: entry(
    500,
    'A step has no handler',
    'The handler is not a function.',
    'Give the step a method or a function.',
  ),
  STEP_DEPENDENCY_MISSING: entry(
    500,
    'A step depends on something that is not a step',
    'The dependency names a method without @Step(), or no method at all.',
    'Correct the name, or decorate the method with @Step().',
  ),
  STEP_DEPENDENCY_CYCLE: entry(
    500,
    'Steps depend on each other in a circle',
    'None of the steps of the circle could ever begin.',
    'Remove one of the dependencies in the message.',
  ),
  STEP_UNREACHABLE: entry(
    500,
    'A step can never begin',
    'It depends on a circle or on a step that does not exist.',
    'Mend the fault it waits for.',
  ),
  STEP_OPTION_INVALID: entry(
    500,
    'A step option is not valid',
    'The option has a value outside its range.',
    'Use a value from the range in the message.',
  ),
  // The module
  MODULE_NOT_CONFIGURED: entry(
    500,
    'WorkflowModule was imported without forRoot()',
    'The bare class has no options.',
    'Import WorkflowModule.forRoot() or WorkflowModule.forRootAsync() once, in the root module.',
  ),
  MODULE_IMPORTED_TWICE: entry(
    500,
    'WorkflowModule was configured more than once',
    'Two engines in one application would compete for the same executions.',
    'Call forRoot() once, in the root module; the module is global.',
  ),
  MODULE_OPTION_INVALID: entry(
    500,
    'A module option is not valid',
    'The option has a value outside its range.',
    'Use a value from the range in the message.',
  ),
  // The store
  DATABASE_UNSUPPORTED: entry(
    500,
    'The DataSource is of a kind the store cannot use',
    'The store speaks SQLite and PostgreSQL.',
    "Use { type: 'postgres' } or { type: 'better-sqlite3', driver: libsql }, or leave the DataSource out.",
  ),
  SESSION_SETTINGS_REFUSED: entry(
    500,
    'A pooler refuses the settings of the sessions of the engine',
    'The engine bounds what its sessions wait for, and connects through a pooler that keeps no settings for them.',
    'Give store.dataSource a DataSource that connects directly. PgBouncer ignores what its ignore_startup_parameters names: options, statement_timeout, lock_timeout, idle_in_transaction_session_timeout.',
  ),
  DATABASE_LOCKED: entry(
    503,
    'Another process holds the database file',
    'The embedded database is used by one process at a time.',
    'Stop the other process, or give this one a file of its own.',
  ),
  DRIVER_MISSING: entry(
    500,
    'The database driver is not installed',
    'The embedded database needs the package "libsql".',
    'npm install libsql',
  ),
  SQLITE_REENTRANT: entry(
    500,
    'A query would wait for the transaction it runs inside',
    'SQLite has one connection; it is held by the transaction that is asking again.',
    'Use the EntityManager of the transaction instead of a repository or the DataSource.',
  ),
  SQLITE_CHECKOUT_TIMED_OUT: entry(
    503,
    'The SQLite connection was not free in time',
    'Another transaction held it for too long.',
    'Keep transactions short, and release every QueryRunner you create.',
  ),
  TRANSACTION_REQUIRED: entry(
    500,
    'An EntityManager is not inside a transaction',
    'What must commit together was given a manager that commits each statement by itself.',
    'Use the EntityManager given to the callback of dataSource.transaction().',
  ),
  STORE_UNAVAILABLE: entry(
    503,
    'The store did not answer',
    'The database refused the operation or could not be reached.',
    'Look at the log of the application for the cause; try again later.',
    true,
  ),
  SHUTTING_DOWN: entry(
    503,
    'The application is shutting down',
    'No new execution is accepted while the process drains.',
    'Try again; another instance or the next start will answer.',
  ),
  // Payloads
  SERIALIZATION_FAILED: entry(
    422,
    'A value cannot be stored',
    'It holds something that has no durable form, such as a function, a symbol, a promise or a circle.',
    'Return plain data; the message names the path of the offender.',
  ),
  PAYLOAD_TOO_LARGE: entry(
    413,
    'A payload is too large',
    'Its stored form is longer than the limit.',
    'Store the bulk elsewhere and pass a reference, or raise limits.payloadBytes.',
  ),
  PAYLOAD_TOO_COMPLEX: entry(
    400,
    'A payload is too complex',
    'It is nested too deeply or an object of it has too many keys.',
    'Flatten it, or store it elsewhere and pass a reference.',
  ),
  PAYLOAD_FORBIDDEN_KEY: entry(
    400,
    'A payload has a forbidden key',
    'The key could change the prototype of objects.',
    'Remove the key named in the message.',
  ),
  OUTPUT_TOO_LARGE: entry(
    500,
    'The output of a step is too large',
    'Its stored form is longer than the limit.',
    'Store the bulk elsewhere and return a reference, or raise limits.payloadBytes.',
  ),
  // Requests
  INPUT_INVALID: entry(
    422,
    'The input is not valid',
    'It does not satisfy the class that the workflow declares for it.',
    'Correct the fields listed in the details.',
  ),
  REQUEST_INVALID: entry(
    400,
    'The request is not valid',
    'The server could not read it.',
    'Correct the request; the details say where.',
  ),
  ID_INVALID: entry(
    400,
    'An id is not well formed',
    'It cannot be the id of anything.',
    'Send the id as it was given to you.',
  ),
  IDEMPOTENCY_KEY_INVALID: entry(
    400,
    'The idempotency key is not well formed',
    'It must be sent once and have 1 to 255 visible ASCII characters.',
    'Send one key per request, for example a UUID.',
  ),
  IDEMPOTENCY_MISMATCH: entry(
    422,
    'The idempotency key belongs to another input',
    'The key was used before, by the same tenant and workflow, with a different input.',
    'Use a new key for a new input.',
  ),
  FILTER_INVALID: entry(
    400,
    'A filter is not valid',
    'Its value is outside the allowed range.',
    'Use a value from the range in the message.',
  ),
  NOT_FOUND: entry(
    404,
    'There is nothing here',
    'No route or resource has this address.',
    'Check the address.',
  ),
  METHOD_NOT_ALLOWED: entry(
    405,
    'The method is not allowed here',
    'The address exists but does not answer this method.',
    'Use one of the methods in the Allow header.',
  ),
  // Tenants
  AUTH_REQUIRED: entry(
    401,
    'Credentials are required',
    'The request carries no verified identity.',
    'Authenticate, and send the credentials with the request.',
  ),
  TENANT_REQUIRED: entry(
    400,
    'A tenant is required',
    'The request names no tenant.',
    'Say which tenant the request is for.',
  ),
  TENANT_MALFORMED: entry(
    400,
    'The tenant is not well formed',
    'It was sent twice, or has characters or a length no tenant can have.',
    'Send one tenant id or slug.',
  ),
  TENANT_FORBIDDEN: entry(
    403,
    'The tenant is not available to you',
    'It does not exist, or you are not a member of it.',
    'Use a tenant you are a member of.',
  ),
  TENANT_MISMATCH: entry(
    403,
    'The tenants of the request disagree',
    'One source names another tenant than the verified identity or the open scope.',
    'Name only the tenant you act for.',
  ),
  TENANT_CONTEXT_MISSING: entry(
    500,
    'There is no tenant in the context',
    'The call needs a tenant and was made outside a request and outside runAsTenant().',
    'Call it from a request that resolves a tenant, or inside runAsTenant(tenant, work).',
  ),
  TENANT_CONTEXT_FROZEN: entry(
    500,
    'The tenant of the context is already resolved',
    'A context serves one tenant from beginning to end.',
    'Open a new scope with runAsTenant(tenant, work).',
  ),
  TENANT_DIRECTORY_FAILED: entry(
    503,
    'The tenant directory did not answer',
    'Looking the tenant up failed.',
    'Look at the log of the application for the cause; try again later.',
    true,
  ),
  // Workflows and executions
  WORKFLOW_NOT_FOUND: entry(
    404,
    'There is no such workflow',
    'No registered workflow has this id, or the tenant may not use it.',
    'Check the id, and that the workflow class is a provider of a loaded module.',
  ),
  EXECUTION_NOT_FOUND: entry(
    404,
    'There is no such execution',
    'The tenant has no execution with this id.',
    'Check the id.',
  ),
  EXECUTION_NOT_RETRYABLE: entry(
    400,
    'The execution cannot be retried',
    'Only a failed execution can be retried.',
    'Read its status first.',
  ),
  EXECUTION_CANCELLED: entry(
    409,
    'The execution was cancelled',
    'Somebody asked for it to stop.',
    'Start a new execution.',
  ),
  POISON: entry(
    500,
    'The execution was ended because workers died under it',
    'Three workers in a row ended without a word while they ran it.',
    'Look for what ends the process (memory, process.exit, a native crash), then retry the execution.',
  ),
  EXECUTION_SUSPENDED: entry(
    503,
    'The execution is suspended',
    'It waits for an operator or for its definition to come back.',
    'Read its reason.',
  ),
  // Steps
  STEP_FAILED: entry(
    500,
    'A step failed',
    'The method of the step threw an error.',
    'Look at the error in the execution, then retry the execution.',
    true,
  ),
  STEP_REPORTED_FAILURE: entry(
    500,
    'A step reported failure',
    'The method of the step returned a result with success: false and no errors.',
    'Return errors that say what went wrong.',
  ),
  STEP_TIMED_OUT: entry(
    504,
    'A step timed out',
    'The method did not settle in the time the step has.',
    'Raise the timeout of the step, or make it faster; listen to context.signal.',
  ),
  // The context of a step
  REQUEST_UNAVAILABLE: entry(
    500,
    'The request is gone',
    'The execution was not started by a request, was resumed, or its request has ended.',
    'Put what the steps need from the request into the input.',
  ),
  STEP_OUTPUT_MISSING: entry(
    500,
    'The output of a step is not available here',
    'The step is not among the dependencies, or it failed or was skipped.',
    'Add the step to the dependencies.',
  ),
  CONTEXT_UNAVAILABLE: entry(
    500,
    'There is no workflow context here',
    'The decorator was used outside a step.',
    'Use it on the parameters of a method with @Step().',
  ),
  INTERNAL_ERROR: entry(
    500,
    'Something went wrong',
    'An error nobody expected reached the edge of the application.',
    'Look at the log of the application for the cause.',
    true,
  ),
} as const satisfies Record<string, CatalogueEntry>;

/**
 * A code of {@link ERROR_CATALOGUE}.
 *
 * @publicApi
 */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** The catalogue's entry of a code, if the code is one of ours. */
export const catalogueEntry = (code: string): CatalogueEntry | undefined =>
  Object.hasOwn(ERROR_CATALOGUE, code) ? ERROR_CATALOGUE[code as ErrorCode] : undefined;

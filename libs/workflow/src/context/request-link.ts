import { WorkflowException } from '../result/workflow.exception.js';

/** The request and response that started an execution, for as long as the response is open. */
export class RequestLink {
  private live: { readonly request: unknown; readonly response: unknown } | undefined;

  constructor(live?: { request: unknown; response: unknown }) {
    this.live = live;
  }

  get request(): unknown {
    return this.require('request').request;
  }

  get response(): unknown {
    return this.require('response').response;
  }

  close(): void {
    this.live = undefined;
  }

  private require(what: string): { request: unknown; response: unknown } {
    if (this.live) return this.live;
    throw new WorkflowException(
      'REQUEST_UNAVAILABLE',
      `context.${what} is not available: the execution was not started by a request, was resumed, or its request has ended. Put what the steps need from it into the input.`,
    );
  }
}

import type { WorkflowResult } from '../result/workflow-result.js';

/** What a response would be sent with now, on any platform. Nest has set it before the interceptors. */
export const statusOfResponse = (response: unknown): number =>
  (response as { statusCode?: number }).statusCode ?? 200;

/**
 * The status an envelope is sent with: of a success that says nothing special, that of its route;
 * of a failure, never one that looks like a success.
 */
export function statusOfResult(result: WorkflowResult<unknown>, response: unknown): number {
  const { success, statusCode } = result;
  if (!success) return errorStatus(statusCode);
  return isWithin(statusCode, 201, 399) ? statusCode : statusOfResponse(response);
}

/** 500 for what is not the status of an error. */
const errorStatus = (status: unknown): number => (isWithin(status, 400, 599) ? status : 500);

/** 500 for what no platform could send. */
export const sendableStatus = (status: unknown): number =>
  isWithin(status, 200, 599) ? status : 500;

const isWithin = (status: unknown, lowest: number, highest: number): status is number =>
  Number.isInteger(status) && Number(status) >= lowest && Number(status) <= highest;
